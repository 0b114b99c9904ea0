/// A pattern for a line in which `…` matches any text, including none.
package struct Glob: Sendable {
  private let parts: [Substring]

  package init(_ text: String) {
    parts = text.split(separator: "…", omittingEmptySubsequences: false)
  }

  /// Whether the pattern matches the whole line.
  package func matches(_ line: String) -> Bool {
    guard let first = parts.first, let last = parts.last, parts.count > 1 else {
      return parts.first.map { line == $0 } ?? line.isEmpty
    }
    guard line.count >= first.count + last.count, line.hasPrefix(first), line.hasSuffix(last)
    else { return false }
    var rest = line.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
