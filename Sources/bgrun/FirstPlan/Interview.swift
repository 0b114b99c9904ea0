/// Asks the user what a project does not show; without a terminal, says which option answers it.
struct Interview: Sendable {
  /// Shows a question and reads a line; `nil` without a terminal.
  var ask: (@Sendable (String) async throws -> String)?

  /// Asks which of some names is meant, by name or number.
  ///
  /// - Parameter repeats: whether the option may name several.
  func choose(
    _ question: String, among names: [String], option: String, repeats: Bool = false
  ) async throws -> String {
    let missing = ToolError(
      "\(question.hasSuffix("?") ? String(question.dropLast()) : question): "
        + names.joined(separator: ", "),
      fix: "name one with \(option) \(names.first ?? "NAME")"
        + (repeats ? "; repeat it for several" : ""))
    guard let ask else { throw missing }
    let list = names.enumerated().map { "  \($0.offset + 1)  \($0.element)\n" }.joined()
    for _ in 0..<3 {
      let answer = try await ask("\(question)\n\(list)> ")
      if let number = Int(answer), names.indices.contains(number - 1) { return names[number - 1] }
      if names.contains(answer) { return answer }
    }
    throw missing
  }

  /// Asks whether something is right; without a terminal it is.
  func confirms(_ question: String) async throws -> Bool {
    guard let ask else { return true }
    return ["", "y", "yes"].contains(try await ask("\(question) [Y/n] ").lowercased())
  }
}
