import Synchronization

/// Joins the pieces of long lines where necessary, so that a secret split between two pieces is
/// still redacted.
final class LongLines: Sendable {
  /// Longer than any realistic secret in any encoding.
  private static let margin = 16 * 1024

  private let held = Mutex<[OutputLine.Stream: String]>([:])
  private let redact: @Sendable (String) -> String

  init(redact: @escaping @Sendable (String) -> String) { self.redact = redact }

  /// The part of a line, or a piece of one, that can be displayed now.
  func take(_ line: OutputLine) -> OutputLine? {
    held.withLock { held in
      let before = held.removeValue(forKey: line.stream)
      guard line.isContinued || before != nil else { return line }
      var text = redact((before ?? "") + line.text)
      guard line.isContinued else { return OutputLine(text, on: line.stream) }
      // An incomplete secret is in the part that is held back.
      let cut = text.unicodeScalars.index(
        text.endIndex, offsetBy: -Self.margin, limitedBy: text.startIndex)
      held[line.stream] = String(text[(cut ?? text.startIndex)...])
      text = String(text[..<(cut ?? text.startIndex)])
      return text.isEmpty ? nil : OutputLine(text, on: line.stream)
    }
  }

  /// The rest of unfinished lines.
  var rest: [OutputLine] {
    held.withLock { held in
      defer { held = [:] }
      return held.map { OutputLine(redact($0.value), on: $0.key) }
    }
  }
}
