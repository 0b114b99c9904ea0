/// Finds the known word that was most likely meant.
package enum EditDistance {
  /// The closest word, if one is close enough.
  package static func nearest(to word: String, among words: some Sequence<String>) -> String? {
    let limit = max(1, word.count / 3)
    return words.map { ($0, distance(word, $0)) }
      .filter { $0.1 <= limit && $0.1 < max(word.count, $0.0.count) }
      .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
  }

  /// The number of insertions, deletions, substitutions and swaps of adjacent letters.
  package static func distance(_ first: String, _ second: String) -> Int {
    let first = Array(first.lowercased())
    let second = Array(second.lowercased())
    var beforeLast = [Int](repeating: 0, count: second.count + 1)
    var last = Array(0...second.count)
    for (row, letter) in first.enumerated() {
      var current = [row + 1] + [Int](repeating: 0, count: second.count)
      for (column, other) in second.enumerated() {
        current[column + 1] = min(
          last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
        if row > 0, column > 0, letter == second[column - 1], first[row - 1] == other {
          current[column + 1] = min(current[column + 1], beforeLast[column - 1] + 1)
        }
      }
      beforeLast = last
      last = current
    }
    return last[second.count]
  }
}
