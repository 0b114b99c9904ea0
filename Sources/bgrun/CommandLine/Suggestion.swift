/// The nearest known word to a misspelled one.
enum Suggestion {
  /// The word that is meant, if one is near enough.
  static func nearest(to word: String, among known: [String]) -> String? {
    let limit = max(1, word.count / 3)
    let near = known.map { ($0, distance(word.lowercased(), $0.lowercased())) }
      .filter { $0.1 <= limit }
    return near.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
  }

  /// How many letters must be added, removed, replaced or swapped with their neighbour.
  static func distance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left), Array(right))
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
        row.append(cost)
      }
      (before, last) = (last, row)
    }
    return last[b.count]
  }
}

extension ToolError {
  /// An unknown word, with the nearest known one or else all of them.
  static func unknown(_ what: String, _ word: String, among known: [String]) -> ToolError {
    if let nearest = Suggestion.nearest(to: word, among: known) {
      return ToolError("unknown \(what)", fix: "did you mean '\(nearest)'?")
    }
    return ToolError("unknown \(what)", fix: "known: \(known.joined(separator: ", "))")
  }
}
