import CBgrun

/// A run's ID, readable and sortable by time: `20261123-021405-7f3a`.
package struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  /// A new ID. Its last four digits are the fraction of the second, so that IDs of the same second
  /// also sort by time.
  package init() {
    let (seconds, rest) = cbgrun_now().quotientAndRemainder(dividingBy: 1_000_000_000)
    self.init(at: Timestamp(seconds: Int(seconds)), part: UInt16(rest * 65_536 / 1_000_000_000))
  }

  /// - Parameter part: The fraction of the second, in 1/65,536.
  package init(at time: Timestamp, part: UInt16 = 0) {
    let digits = String(part, radix: 16)
    text = "\(time.compact)-\(String(repeating: "0", count: 4 - digits.count))\(digits)"
  }

  /// Parses an ID; `nil` if it is malformed.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let digits = Set("0123456789")
    guard parts.map(\.count) == [8, 6, 4], parts[0].allSatisfy(digits.contains),
      parts[1].allSatisfy(digits.contains), parts[2].allSatisfy(Set("0123456789abcdef").contains)
    else { return nil }
    self.text = text
  }

  package var description: String { text }

  package static func < (left: RunID, right: RunID) -> Bool { left.text < right.text }
}

extension RunID {
  /// Whether a word that a user typed names it: the ID, its beginning, or its last part.
  package func isNamed(_ word: String) -> Bool {
    text.hasPrefix(word) || text.hasSuffix("-\(word)")
  }
}

extension RunID: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = RunID(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(text) is not a run ID")
    }
    self = id
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
