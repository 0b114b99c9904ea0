/// Compares expected and actual lines: the longest common part, missing and extra lines.
struct LineDiff {
  private enum Line {
    case both(String)
    case missing(String)
    case extra(String)
  }

  private let lines: [Line]

  init(expected: [String], actual: [String]) {
    let patterns = expected.map { Glob($0) }
    let matches = patterns.map { pattern in actual.map { pattern.matches($0) } }
    // common[i][j]: the length of the longest common subsequence of the lines from i and from j on.
    var common = [[Int]](
      repeating: [Int](repeating: 0, count: actual.count + 1), count: expected.count + 1)
    for i in expected.indices.reversed() {
      for j in actual.indices.reversed() {
        common[i][j] =
          matches[i][j] ? common[i + 1][j + 1] + 1 : max(common[i + 1][j], common[i][j + 1])
      }
    }
    var (i, j) = (0, 0)
    var lines: [Line] = []
    while i < expected.count || j < actual.count {
      if i < expected.count, j < actual.count, matches[i][j] {
        lines.append(.both(actual[j]))
        (i, j) = (i + 1, j + 1)
      } else if i < expected.count, j == actual.count || common[i + 1][j] >= common[i][j + 1] {
        lines.append(.missing(expected[i]))
        i += 1
      } else {
        lines.append(.extra(actual[j]))
        j += 1
      }
    }
    self.lines = lines
  }

  /// Whether all lines match.
  var isEmpty: Bool {
    lines.allSatisfy { if case .both = $0 { true } else { false } }
  }

  /// One line each: `-` was expected and is missing, `+` was not expected.
  var text: String {
    lines.map { line in
      switch line {
      case .both(let text): "    \(text)"
      case .missing(let text): "  - \(text)"
      case .extra(let text): "  + \(text)"
      }
    }.joined(separator: "\n")
  }
}
