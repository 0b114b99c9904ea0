/// One of the two colours that an application alternates between; each names a service.
public enum Color: String, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
  /// The blue service.
  case blue
  /// The green service.
  case green

  /// The opposite colour.
  public var other: Color { self == .blue ? .green : .blue }

  /// The colour's name in lower case.
  public var description: String { rawValue }
}

/// What a colour is for in this run; `DetectActive` binds roles to colours.
public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
  /// The colour that is being deployed: the one that did not serve when the run began.
  case target
  /// The colour that served when the run began.
  case previous
  /// The colour that serves now: the previous one until the switch, the target afterwards.
  case active
}
