import DeployDSL
import DeployRunner

/// A plan's problems as compilers show them: location, line, caret.
struct DiagnosticText {
  let isColored: Bool

  func text(of error: PlanError) -> String {
    var sources: [String: [Substring]] = [:]
    return error.diagnostics.map { diagnostic in
      let file = diagnostic.location.file
      let lines = sources[file] ?? Self.lines(of: file)
      sources[file] = lines
      return text(of: diagnostic, in: lines)
    }.joined()
  }

  private func text(of diagnostic: PlanDiagnostic, in lines: [Substring]) -> String {
    let place = diagnostic.location
    let head = "\(bold("\(place): "))\(red("error: "))\(bold(diagnostic.problem))\n"
    guard lines.indices.contains(place.line - 1) else { return head + "  fix: \(diagnostic.fix)\n" }
    let line = lines[place.line - 1]
    let number = "\(place.line)"
    let margin = String(repeating: " ", count: number.count)
    let before = String(decoding: line.utf8.prefix(max(0, place.column - 1)), as: UTF8.self)
    // Tabs stay, so that the caret is in the right column for every tab width.
    let gap = before.map { $0 == "\t" ? "\t" : String(repeating: " ", count: "\($0)".width) }
    return head + "\(number) | \(line)\n"
      + "\(margin) | \(gap.joined())\(red("^")) \(diagnostic.fix)\n"
  }

  private static func lines(of file: String) -> [Substring] {
    let text = String(decoding: Files.read(file) ?? [], as: UTF8.self)
    return text.split(omittingEmptySubsequences: false) { $0.isNewline }
  }

  private func bold(_ text: String) -> String { isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  private func red(_ text: String) -> String { isColored ? "\u{1B}[1;31m\(text)\u{1B}[0m" : text }
}
