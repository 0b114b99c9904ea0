import DeployRunner

/// Adds to the compiler's words what it does not say: the step that was probably meant.
struct CompilerHints {
  private static let steps = [
    "DetectActive", "Pull", "Build", "Up", "Health", "SwapNginx", "Reload", "Stop", "Prune", "Run",
    "Exec", "Wait", "Print", "Group", "Parallel", "Deploy", "Parameter", "Secret", "Site",
  ]

  private let said: String

  init(_ said: String) { self.said = said }

  /// A line for each misspelled step, or nothing.
  var text: String {
    var seen: Set<String> = []
    let hints = said.split(whereSeparator: \.isNewline).compactMap { line -> String? in
      guard let word = Self.unknownWord(in: line), seen.insert(word).inserted,
        let step = Spelling.nearest(to: word, among: Self.steps)
      else { return nil }
      return "bgrun: there is no step '\(word)'; did you mean '\(step)'?\n"
    }
    return hints.joined()
  }

  private static func unknownWord(in line: Substring) -> String? {
    guard let start = line.range(of: "cannot find '")?.upperBound else { return nil }
    let word = line[start...].prefix { $0 != "'" }
    return line[start...].dropFirst(word.count).hasPrefix("' in scope") ? String(word) : nil
  }
}

extension Substring {
  /// Where a text first occurs.
  fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
