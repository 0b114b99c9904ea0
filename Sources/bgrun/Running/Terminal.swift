import DeployRunner
import Dispatch
import Synchronization

/// The terminal that bgrun was started on, for approval prompts.
final class Terminal: Sendable {
  private let file: Int32
  /// Whether the output, which shows the question, goes there.
  private let isSeen: Bool
  /// One question at a time, in order: reading blocks, and an answer belongs to one question.
  private let turns = DispatchQueue(label: "bgrun.questions")
  private let waiting = Mutex(0)

  /// Opens the terminal; `nil` without one: in a pipeline, under cron.
  init?(isSeen: Bool) {
    guard isatty(STDIN_FILENO) == 1 else { return nil }
    file = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    self.isSeen = isSeen
    guard file >= 0 else { return nil }
  }

  deinit { close(file) }

  /// Asks and waits for the answer; only `y` and `yes` mean yes.
  ///
  /// - Throws: `CancellationError` when the calling task is cancelled, ``ToolError`` if the
  ///   terminal is gone.
  func ask(_ question: String) async throws -> Bool {
    let isFirst = waiting.withLock { count in
      count += 1
      return count == 1
    }
    // Whether the answer is no longer needed.
    let isGivenUp = Shared(false)
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        turns.async {
          // The output showed the question when it came; repeat it if it had to wait.
          if !self.isSeen || !isFirst, !isGivenUp.value {
            Files.write(Array("\(question) [y/N] ".utf8), to: self.file)
          }
          let line = self.readLine(until: isGivenUp)
          self.waiting.withLock { $0 -= 1 }
          continuation.resume(returning: line)
        }
      }
    } onCancel: {
      isGivenUp.withLock { $0 = true }
    }
    try Task.checkCancellation()
    guard let answer else {
      throw ToolError(
        "the terminal was closed before the question was answered",
        fix: "run it on another terminal, or approve with --yes")
    }
    return ["y", "yes"].contains(answer.lowercased())
  }

  /// A line, without its end and the spaces around it; `nil` if the terminal is gone.
  private func readLine(until isGivenUp: Shared<Bool>) -> String? {
    var bytes: [UInt8] = []
    // Discard what was typed before the question.
    tcflush(file, TCIFLUSH)
    while !isGivenUp.value {
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

  /// Whether it was closed; waits for the signal that reports it.
  private func isGone(_ isGivenUp: Shared<Bool>) -> Bool {
    guard isatty(file) == 0 else { return false }
    for _ in 0..<10 where !isGivenUp.value { _ = poll(nil, 0, 100) }
    return true
  }
}
