import DeployRunner

/// Adds to a compiler error what was probably meant in a plan.
struct CompilerHints {
  /// What a plan may name, for misspellings.
  static let knownNames = [
    "Deploy", "DetectActive", "Pull", "Build", "Up", "Start", "Health", "SwapNginx", "Reload",
    "Watch", "Drain", "Stop", "Prune", "Record", "Run", "Exec", "Job", "Wait", "Print",
    "Group", "Parallel", "When", "Retry", "Approve", "Notify", "Request",
    "Key", "Keys", "Condition", "Worker", "Parameter", "Secret", "Site", "Step",
    "PrimitiveStep", "UndoableStep", "StepContext", "Steps",
  ]

  private static let modifiers = [
    "named", "timeout", "retry", "onFailure", "undo", "before", "after",
  ]

  /// The cases of types that plans write as `.case`.
  private static let cases = [
    "Role": [".target", ".previous", ".active"],
    "FailurePolicy": [".rollback", ".stop", ".continue"],
    "DeadlinePolicy": [".keep", ".cut"],
    "Route": [".automatic", ".publishedPort", ".proxy", ".exec"],
  ]

  /// The hints for a value of one type where another is taken.
  private static let conversions = [
    "String Int": "write the number without quotation marks",
    "String TimeSpan":
      "write a number of seconds, or a duration such as .milliseconds(500) or .minutes(2)",
    "Int TimeSpan": "name the unit of a variable, for example .seconds(count)",
    "Double TimeSpan": "name the unit of a variable, for example .seconds(count)",
    "Duration TimeSpan": "write TimeSpan(…) around the Duration",
    "Secret String":
      "pass a secret in environment: or input:; every user of the machine can read a command's "
      + "arguments",
  ]

  /// The hints for what the compiler says in these words.
  private static let explanations = [
    (
      "'SecretsStayOutOfTexts'",
      "pass a secret as a whole value of environment: or headers:, or as input: or body:; store "
        + "the whole value in its source, such as `Bearer …`"
    ),
    (
      "expected member name or initializer call",
      "write a step with parentheses, for example `Reload()`"
    ),
    ("unterminated string literal", "close the string with a quotation mark"),
    ("expected '}'", "close the open block with a `}`"),
  ]

  /// Labels that plans do not write.
  private static let unwritten = ["_", "file", "line", "column", "steps", "onFailure"]

  /// The modules that packages offer.
  let modules: [String]

  /// The hint for the line of a message.
  ///
  /// - Parameter declaration: the compiler's note about the declaration in DeployDSL.
  func hint(for line: Substring, declaration: Substring? = nil) -> String? {
    guard let start = line.firstRange(of: "error: ") else { return nil }
    let message = line[start.upperBound...]
    if let known = Self.explanations.first(where: { message.contains($0.0) }) { return known.1 }
    if message.contains("extra argument") { return declaration.flatMap(labelsHint) }
    let names = Self.quoted(in: message)
    guard let first = names.first, let last = names.last else { return nil }
    if message.contains("no such module ") { return moduleHint(for: first) }
    if message.contains("cannot find ") { return scopeHint(for: first) }
    if message.contains("has no member ") { return memberHint(for: last, of: first) }
    if message.contains("expected argument type ") || message.contains("does not conform") {
      return Self.conversions["\(first) \(last)"] ?? (first == "String" ? Self.list(last) : nil)
    }
    if message.contains("incorrect argument labels ") { return labelsHint(among: last) }
    if message.contains("incorrect argument label ") { return "did you mean `\(last)`?" }
    if message.contains(" must precede ") { return "write `\(first):` before `\(last):`" }
    return nil
  }

  private func scopeHint(for name: String) -> String? {
    if Self.knownNames.contains(name) { return "write `import DeployDSL` at the top of the plan" }
    return EditDistance.nearest(to: name, among: Self.knownNames).map { "did you mean `\($0)`?" }
  }

  private func memberHint(for member: String, of type: String) -> String? {
    guard let cases = Self.cases[type] else { return modifierHint(for: member, of: type) }
    if let near = EditDistance.nearest(to: ".\(member)", among: cases) {
      return "did you mean `\(near)`?"
    }
    let isColor = ["blue", "green"].contains(member)
    return Self.list(type).map {
      $0 + (isColor ? "; DetectActive finds out which colour a role has" : "")
    }
  }

  private func modifierHint(for member: String, of type: String) -> String? {
    let near =
      EditDistance.nearest(to: member, among: Self.modifiers)
      ?? Self.modifiers.first { member.hasPrefix($0.prefix(4)) }
    if let near { return "did you mean `.\(near)`?" }
    guard Self.knownNames.contains(type) else { return nil }
    return "available modifiers: .named, .timeout, .retry, .onFailure, .undo"
  }

  /// For a misspelled label the compiler may only count positions: this lists the labels.
  private func labelsHint(of declaration: Substring) -> String? {
    let name = Self.quoted(in: declaration).first ?? ""
    return labelsHint(among: String(name.drop { $0 != "(" }.dropFirst().dropLast()))
  }

  private func labelsHint(among all: String) -> String? {
    let labels = all.split(separator: ":").filter { !Self.unwritten.contains(String($0)) }
    guard !labels.isEmpty else { return nil }
    return "available arguments, in this order: "
      + labels.map { "\($0):" }.joined(separator: ", ")
  }

  private func moduleHint(for name: String) -> String {
    if name == PlanSources.helperModule {
      return "it is compiled from Steps/*.swift beside the plan, but no such file exists"
    }
    let own = ["DeployDSL", PlanSources.helperModule]
    if let near = EditDistance.nearest(to: name, among: modules + own) {
      return "did you mean `\(near)`?"
    }
    return modules.isEmpty
      ? "add its package: import \(name)  // package(path: \"../NAME\")"
      : "the packages offer \(modules.sorted().joined(separator: ", "))"
  }

  private static func list(_ type: String) -> String? {
    guard let cases = cases[type], let last = cases.last else { return nil }
    return "write " + cases.dropLast().joined(separator: ", ") + " or \(last)"
  }

  private static func quoted(in text: Substring) -> [String] {
    let parts = text.split(separator: "'", omittingEmptySubsequences: false)
    return parts.indices.filter { $0 % 2 == 1 && $0 + 1 < parts.count }.map { String(parts[$0]) }
  }
}
