import DeployDSL

/// The mistakes of a plan as compilers show them: the line and a caret below each.
struct DiagnosticText {
  let isColored: Bool

  func text(of error: PlanError) -> String {
    let parts = error.diagnostics.map { text(of: $0) }
    let count = error.diagnostics.count
    return parts.joined() + (count > 1 ? "\(count) mistakes\n" : "")
  }

  private func text(of diagnostic: PlanDiagnostic) -> String {
    let place = diagnostic.location
    let head =
      "\(bold("\(place):")) \(red("error:")) \(bold("\(diagnostic.problem); \(diagnostic.fix)"))\n"
    guard let line = line(place.line, of: place.file) else { return head }
    let number = "\(place.line)"
    let margin = String(repeating: " ", count: number.count)
    // Tabs keep their width if the caret's line begins with the same ones.
    let indent = line.prefix(max(0, place.column - 1)).map { $0 == "\t" ? "\t" : " " }.joined()
    return head + " \(number) | \(line)\n \(margin) | \(indent)\(red("^"))\n"
  }

  private func line(_ number: Int, of path: String) -> String? {
    guard let bytes = Files.read(path) else { return nil }
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
    guard number >= 1, number <= lines.count else { return nil }
    return String(decoding: lines[number - 1], as: UTF8.self)
  }

  private func bold(_ text: String) -> String { isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
  private func red(_ text: String) -> String { isColored ? "\u{1B}[1;31m\(text)\u{1B}[0m" : text }
}
