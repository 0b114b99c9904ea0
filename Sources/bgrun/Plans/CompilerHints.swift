import DeployRunner

/// What the compiler cannot know about a mistake in a plan: what was meant.
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
      "a time is a number of seconds, or a length such as .milliseconds(500) or .minutes(2)",
    "Int TimeSpan": "a variable says its unit, for example .seconds(count)",
    "Double TimeSpan": "a variable says its unit, for example .seconds(count)",
    "Duration TimeSpan": "write TimeSpan(…) around the Duration",
    "Secret String":
      "a secret reaches a command by its environment: or input:, never by its arguments, which "
      + "every user of the machine can see",
  ]

  /// The hints for what the compiler says in these words.
  private static let explanations = [
    (
      "'SecretsStayOutOfTexts'",
      "a secret has no place in a text: give it alone, as a value of environment: or headers:, or as "
        + "input: or body:; let its source hold all of the value, such as `Bearer …`"
    ),
    ("expected member name or initializer call", "a step has parentheses, for example `Reload()`"),
    ("unterminated string literal", "end the text with a quotation mark"),
    ("expected '}'", "close the block that is shown to be open with a `}`"),
  ]

  /// Labels of arguments that nobody writes in a plan.
  private static let unwritten = ["_", "file", "line", "column", "steps", "onFailure"]

  /// The modules that packages offer.
  let modules: [String]

  /// The hint for the line of a message.
  ///
  /// - Parameter declaration: the compiler's note about what of bgrun's own it speaks of.
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
      $0 + (isColor ? "; DetectActive finds out which colour that is" : "")
    }
  }

  private func modifierHint(for member: String, of type: String) -> String? {
    let near =
      EditDistance.nearest(to: member, among: Self.modifiers)
      ?? Self.modifiers.first { member.hasPrefix($0.prefix(4)) }
    if let near { return "did you mean `.\(near)`?" }
    guard Self.knownNames.contains(type) else { return nil }
    return "what can be put on a step is .named, .timeout, .retry, .onFailure and .undo"
  }

  /// Where a label is misspelt the compiler may only count positions: this says what there is.
  private func labelsHint(of declaration: Substring) -> String? {
    let name = Self.quoted(in: declaration).first ?? ""
    return labelsHint(among: String(name.drop { $0 != "(" }.dropFirst().dropLast()))
  }

  private func labelsHint(among all: String) -> String? {
    let labels = all.split(separator: ":").filter { !Self.unwritten.contains(String($0)) }
    guard !labels.isEmpty else { return nil }
    return "what can be said here, in this order: "
      + labels.map { "\($0):" }.joined(separator: ", ")
  }

  private func moduleHint(for name: String) -> String {
    if name == PlanSources.helperModule {
      return "it is made of Steps/*.swift beside the plan, and there is no such file"
    }
    let own = ["DeployDSL", PlanSources.helperModule]
    if let near = EditDistance.nearest(to: name, among: modules + own) {
      return "did you mean `\(near)`?"
    }
    return modules.isEmpty
      ? "say where it comes from: import \(name)  // package(path: \"../NAME\")"
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
