/// One of the two colours between which an application alternates; each names a service.
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

/// The role of a colour in a run; `DetectActive` binds roles to colours.
public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
  /// The colour being deployed: the inactive one at the start of the run.
  case target
  /// The active colour at the start of the run.
  case previous
  /// The active colour: the previous one until the switch, the target afterwards.
  case active
}
