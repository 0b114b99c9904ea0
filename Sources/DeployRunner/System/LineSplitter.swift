/// Splits a stream of bytes into lines and keeps its last bytes.
struct LineSplitter {
  private static let longest = 64 * 1024

  /// How many bytes to keep.
  private let kept: Int
  private let stream: OutputLine.Stream
  private let output: @Sendable (OutputLine) -> Void
  private var line: [UInt8] = []
  private var bytes: [UInt8] = []

  init(
    _ stream: OutputLine.Stream, keeping kept: Int,
    output: @escaping @Sendable (OutputLine) -> Void
  ) {
    self.kept = kept
    self.stream = stream
    self.output = output
  }

  /// The kept bytes as text.
  var text: String { String(decoding: bytes.suffix(kept), as: UTF8.self) }

  mutating func append(_ chunk: some Collection<UInt8>) {
    bytes.append(contentsOf: chunk)
    if bytes.count > 2 * kept { bytes.removeFirst(bytes.count - kept) }
    for byte in chunk {
      if byte == UInt8(ascii: "\n") {
        flush()
        continue
      }
      // An overlong line is shown in pieces, without splitting UTF-8 characters.
      let isInLetter = byte & 0xC0 == 0x80 && line.count < Self.longest + 3
      if line.count >= Self.longest, !isInLetter { flush(isContinued: true) }
      line.append(byte)
    }
  }

  mutating func finish() {
    if !line.isEmpty { flush() }
  }

  private mutating func flush(isContinued: Bool = false) {
    if line.last == UInt8(ascii: "\r"), !isContinued { line.removeLast() }
    var piece = OutputLine(String(decoding: line, as: UTF8.self), on: stream)
    piece.isContinued = isContinued
    output(piece)
    line.removeAll(keepingCapacity: true)
  }
}
