import Synchronization

/// Puts the pieces of long lines together as far as it must, so that no secret is cut in two and
/// shown in halves.
final class LongLines: Sendable {
  /// Longer than any secret in any spelling that is worth a thought.
  private static let margin = 16 * 1024

  private let held = Mutex<[OutputLine.Stream: String]>([:])
  private let redact: @Sendable (String) -> String

  init(redact: @escaping @Sendable (String) -> String) { self.redact = redact }

  /// What can be shown of a line or a piece of one.
  func take(_ line: OutputLine) -> OutputLine? {
    held.withLock { held in
      let before = held.removeValue(forKey: line.stream)
      guard line.isContinued || before != nil else { return line }
      var text = redact((before ?? "") + line.text)
      guard line.isContinued else { return OutputLine(text, on: line.stream) }
      // A secret that has only begun is in the part that waits.
      let cut = text.unicodeScalars.index(
        text.endIndex, offsetBy: -Self.margin, limitedBy: text.startIndex)
      held[line.stream] = String(text[(cut ?? text.startIndex)...])
      text = String(text[..<(cut ?? text.startIndex)])
      return text.isEmpty ? nil : OutputLine(text, on: line.stream)
    }
  }

  /// What is left of lines that did not end.
  var rest: [OutputLine] {
    held.withLock { held in
      defer { held = [:] }
      return held.map { OutputLine(redact($0.value), on: $0.key) }
    }
  }
}
