/// One message of the compiler: its first line, the source below it, a blank line.
struct CompilerBlock {
  /// What the compiler writes before DeployDSL's own error messages.
  private static let prefixes = ["buildExpression", "init()", "init(steps:)"].map {
    "'\($0)' is unavailable: "
  }

  var lines: [Substring] = []

  /// Whether it shows bgrun's own source, which does not help the author of a plan.
  var isOurSource: Bool {
    guard let first = lines.first, Self.place(of: first) != nil, first.contains("note: ") else {
      return false
    }
    return first.contains("/Sources/DeployDSL/") || first.contains("DeployDSL.")
  }

  /// The lines, with a hint below the source if there is one.
  ///
  /// - Parameter declaration: the compiler's note about the declaration in DeployDSL.
  func text(with hints: CompilerHints, declaration: Substring?) -> [String] {
    var text = lines.map { line in
      Self.prefixes.reduce(String(line)) { $0.replacing($1, with: "") }
    }
    guard let first = lines.first, let place = Self.place(of: first),
      let hint = hints.hint(for: first, declaration: declaration)
    else { return text }
    let end = text.lastIndex { !$0.isEmpty } ?? 0
    text.insert("\(place): note: \(hint)", at: end + 1)
    return text
  }

  /// `FILE:LINE:COLUMN` at the beginning of a message.
  static func place(of line: Substring) -> Substring? {
    guard let range = line.firstRange(of: ": ") else { return nil }
    let place = line[..<range.lowerBound]
    let numbers = place.split(separator: ":").suffix(2)
    guard numbers.count == 2, numbers.allSatisfy({ Int($0) != nil }) else { return nil }
    return place
  }
}
