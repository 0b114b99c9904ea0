import DeployDSL
import DeployRunner

/// Findings as compilers show problems: location, line, caret, fix.
struct DiagnosticText {
  let isColored: Bool
  /// The project folder, where the relative paths of findings start.
  var folder: String?

  func text(of error: PlanError) -> String {
    error.diagnostics.map { text(of: Finding($0)) }.joined()
  }

  func text(of finding: Finding) -> String {
    let place = finding.place.map { place in
      [place.file, place.line.map(String.init), place.column.map(String.init)]
        .compactMap(\.self).joined(separator: ":")
    }
    let color = finding.severity == .error ? red : finding.severity == .warning ? yellow : cyan
    let head =
      bold("\(place ?? finding.application ?? "host"): ") + color("\(finding.severity): ")
      + bold(finding.what) + "\n"
    let body = marked(finding, color) ?? finding.fix.map { "  fix: \($0)\n" } ?? ""
    let more =
      finding.lines.map { "      \($0)\n" } + finding.details.map { "  | \($0)\n" }
      + (finding.why.map { ["  why: \($0)\n"] } ?? [])
    return head + body + more.joined()
  }

  /// The line of the file, with a caret and the fix below it.
  private func marked(_ finding: Finding, _ color: (String) -> String) -> String? {
    guard let place = finding.place, let row = place.line else { return nil }
    let lines = Self.lines(of: FindingPath.file(place.file, in: folder))
    guard lines.indices.contains(row - 1) else { return nil }
    let line = lines[row - 1]
    let margin = String(repeating: " ", count: "\(row)".count)
    let indentation = line.utf8.prefix { $0 == 32 || $0 == 9 }.count
    let count = place.column.map { max(0, $0 - 1) } ?? indentation
    let before = String(decoding: line.utf8.prefix(count), as: UTF8.self)
    // Tabs stay, so that the caret is in the right column for every tab width.
    let gap = before.map { $0 == "\t" ? "\t" : String(repeating: " ", count: "\($0)".width) }
    let mark = "\(margin) | \(gap.joined())\(color("^"))"
    return "\(row) | \(line)\n" + mark + (finding.fix.map { " \($0)" } ?? "") + "\n"
  }

  private static func lines(of file: String) -> [Substring] {
    let text = String(decoding: Files.read(file) ?? [], as: UTF8.self)
    return text.split(omittingEmptySubsequences: false) { $0.isNewline }
  }

  private func bold(_ text: String) -> String { isColored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
  private func red(_ text: String) -> String { isColored ? "\u{1B}[1;31m\(text)\u{1B}[0m" : text }
  private func yellow(_ text: String) -> String {
    isColored ? "\u{1B}[1;33m\(text)\u{1B}[0m" : text
  }
  private func cyan(_ text: String) -> String { isColored ? "\u{1B}[1;36m\(text)\u{1B}[0m" : text }
}
