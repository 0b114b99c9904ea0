import Dispatch
import Synchronization

/// The terminal that bgrun was started on, for questions that a person must answer.
final class Terminal: Sendable {
  private let file: Int32
  /// Whether the record, which shows the question, is seen there.
  private let isSeen: Bool
  /// One question at a time, in the order in which they came: reading blocks, and an answer to one
  /// must not be taken for another's.
  private let turns = DispatchQueue(label: "bgrun.questions")
  private let waiting = Mutex(0)

  /// Whether nobody waits for an answer any more.
  private final class GivenUp: Sendable {
    let value = Mutex(false)
  }

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
  /// - Throws: `CancellationError` when the calling task is cancelled, ``ToolError`` if the terminal
  ///   is gone.
  func ask(_ question: String) async throws -> Bool {
    let isFirst = waiting.withLock { count in
      count += 1
      return count == 1
    }
    let isGivenUp = GivenUp()
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        turns.async {
          // The record showed the question when it came; one that had to wait is said again.
          if !self.isSeen || !isFirst, !isGivenUp.value.withLock({ $0 }) {
            Files.write(Array("\(question) [y/N] ".utf8), to: self.file)
          }
          let line = self.readLine(until: isGivenUp)
          self.waiting.withLock { $0 -= 1 }
          continuation.resume(returning: line)
        }
      }
    } onCancel: {
      isGivenUp.value.withLock { $0 = true }
    }
    try Task.checkCancellation()
    guard let answer else {
      throw ToolError(
        "the terminal was gone before there was an answer",
        fix: "run it on a terminal that stays, or say --yes")
    }
    return ["y", "yes"].contains(answer.lowercased())
  }

  /// A line, without its end and the spaces around it; `nil` if the terminal is gone.
  private func readLine(until isGivenUp: GivenUp) -> String? {
    var bytes: [UInt8] = []
    // What was typed before the question is no answer to it.
    tcflush(file, TCIFLUSH)
    while !isGivenUp.value.withLock({ $0 }) {
      var watched = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, 100) > 0 else { continue }
      var byte: UInt8 = 0
      guard read(file, &byte, 1) == 1 else { return isGone(isGivenUp) ? nil : "" }
      if byte == UInt8(ascii: "\n") { break }
      bytes.append(byte)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Whether it was closed; that a signal says so is waited for.
  private func isGone(_ isGivenUp: GivenUp) -> Bool {
    guard isatty(file) == 0 else { return false }
    for _ in 0..<10 where !isGivenUp.value.withLock({ $0 }) { _ = poll(nil, 0, 100) }
    return true
  }
}
