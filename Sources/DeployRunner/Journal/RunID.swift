/// A run's name: sorts by time, and people can read it: `20261123-021405-7f3a`.
package struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  /// A new one; two in one second differ by their last four digits.
  package init(at time: WallTime = .now) {
    var generator = SystemRandomNumberGenerator()
    self.init(at: time, using: &generator)
  }

  package init(at time: WallTime, using generator: inout some RandomNumberGenerator) {
    let digits = String(UInt16.random(in: 0 ... .max, using: &generator), radix: 16)
    text = "\(time.compact)-\(String(repeating: "0", count: 4 - digits.count))\(digits)"
  }

  /// Reads one; `nil` if it is none.
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

extension RunID: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let id = RunID(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\(text) is no run's name")
    }
    self = id
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
