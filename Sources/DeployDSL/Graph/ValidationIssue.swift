/// What is wrong with one value, and how to mend it; the place is known to who asks.
struct ValidationIssue: Equatable {
  var problem: String
  var fix: String

  /// Clocks and timers reckon without overflow up to here, and nobody waits longer.
  private static let longest = Duration.seconds(365 * 86_400)

  init(_ problem: String, fix: String) {
    self.problem = problem
    self.fix = fix
  }

  /// The mistake of a block with nothing in it.
  static func noSteps(_ what: String) -> ValidationIssue {
    ValidationIssue("\(what) has no steps", fix: "put at least one step into it, or remove it")
  }

  /// The mistake of a time that must be above 0.
  static func unlessPositive(_ time: Duration?, _ what: String) -> ValidationIssue? {
    guard let time else { return nil }
    if time <= .zero {
      return ValidationIssue("\(what) is \(time.forPeople)", fix: "give a time above 0")
    }
    return unlessBounded(time, what)
  }

  /// The mistake of a time that must be 0 or more.
  static func ifNegative(_ time: Duration, _ what: String) -> ValidationIssue? {
    if time < .zero { return ValidationIssue("\(what) is negative", fix: "give 0 or more") }
    return unlessBounded(time, what)
  }

  private static func unlessBounded(_ time: Duration, _ what: String) -> ValidationIssue? {
    guard time > longest else { return nil }
    return ValidationIssue("\(what) is longer than a year", fix: "give at most 365 days")
  }

  /// The mistake of a count of attempts; the runner adds to it, so it has an upper end.
  static func ofRetries(_ retries: Int, atLeast least: Int, _ what: String) -> ValidationIssue? {
    if retries < least { return ValidationIssue(what, fix: "give \(least) or more") }
    guard retries > 1_000_000 else { return nil }
    return ValidationIssue(
      "\(retries) retries are more than a million", fix: "set a timeout instead")
  }

  /// The mistakes of waiting times between attempts.
  static func ofBackoff(_ backoff: Backoff, _ what: String) -> [ValidationIssue?] {
    let isReversed = backoff.first > backoff.most && backoff.most >= .zero
    return [
      ifNegative(backoff.first, "the backoff of \(what)"),
      ifNegative(backoff.most, "the longest backoff of \(what)"),
      isReversed
        ? ValidationIssue(
          "the backoff of \(what) begins with \(backoff.first.forPeople), "
            + "more than its longest, \(backoff.most.forPeople)",
          fix: "give upTo: the larger time") : nil,
    ]
  }

  /// The mistake of a name that progress and history show.
  static func ofName(_ name: String) -> ValidationIssue? {
    if name.allSatisfy(\.isWhitespace) {
      return ValidationIssue("a step's name is empty", fix: "give it a name, or none")
    }
    guard name.escaped != name else { return nil }
    return ValidationIssue(
      "the name \"\(name.escaped)\" contains a control character", fix: "use printable text")
  }

  /// The mistake of an HTTP path; `write` says how the right one would stand in the plan.
  static func ofHealthPath(_ path: String, write: (String) -> String) -> ValidationIssue? {
    if !path.hasPrefix("/") {
      if path.contains("://") {
        return ValidationIssue(
          "the health path \"\(path.escaped)\" is a whole address",
          fix: "give the path only, for example \(write("/health"))")
      }
      return ValidationIssue(
        "the health path \"\(path.escaped)\" does not begin with '/'",
        fix: "write \(write("/" + path.escaped))")
    }
    guard path.escaped != path || path.contains(" ") else { return nil }
    return ValidationIssue(
      "the health path \"\(path.escaped)\" contains a space or control character",
      fix: "write it percent-encoded, a space as %20")
  }

  /// The mistakes of variables for a command's environment.
  static func ofEnvironment(_ environment: [String: EnvironmentValue]) -> [ValidationIssue] {
    environment.sorted { $0.key < $1.key }.compactMap { name, value in
      if !name.isVariableName {
        return ValidationIssue(
          "\"\(name.escaped)\" is no name for an environment variable",
          fix: "use letters, digits and '_', not beginning with a digit")
      }
      guard value.text.utf8.contains(0) else { return nil }
      return ValidationIssue("the value of \(name) contains a zero byte", fix: "remove it")
    }
  }
}
