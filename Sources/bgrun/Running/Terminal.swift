import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The terminal that bgrun was started on, for questions that a person must answer.
final class Terminal: Sendable {
  private let file: Int32
  /// Whether the record, which shows the question, is seen there.
  private let isSeen: Bool
  private let isGivenUp = Mutex(false)

  /// Opens the terminal; `nil` if there is none: in a pipeline, under cron.
  init?(isSeen: Bool) {
    guard isatty(STDIN_FILENO) == 1 else { return nil }
    file = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    self.isSeen = isSeen
    guard file >= 0 else { return nil }
  }

  deinit { close(file) }

  /// Asks until there is an answer; nothing but `y` and `yes` is a yes.
  ///
  /// - Throws: `CancellationError` when the calling task is cancelled.
  func ask(_ question: String) async throws -> Bool {
    if !isSeen { Files.write(Array("\(question) [y/N] ".utf8), to: file) }
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // A thread of its own: reading blocks.
        DispatchQueue(label: "bgrun.question").async {
          continuation.resume(returning: self.readLine())
        }
      }
    } onCancel: {
      isGivenUp.withLock { $0 = true }
    }
    try Task.checkCancellation()
    return ["y", "yes"].contains(answer.lowercased())
  }

  /// A line, without its end and the spaces around it; empty if the terminal is gone.
  private func readLine() -> String {
    var bytes: [UInt8] = []
    // What was typed before the question is no answer to it.
    tcflush(file, TCIFLUSH)
    while !isGivenUp.withLock({ $0 }) {
      var watched = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, 100) > 0 else { continue }
      var byte: UInt8 = 0
      guard read(file, &byte, 1) == 1, byte != UInt8(ascii: "\n") else { break }
      bytes.append(byte)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
