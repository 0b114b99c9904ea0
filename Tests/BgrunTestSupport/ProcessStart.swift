package import Foundation
import Synchronization

extension Process {
  /// Starts the program: use this, never `run()`.
  ///
  /// Foundation on Linux sees a program's end by a socket that the program holds open, and a
  /// program started at the same moment can inherit it too: the end of `docker inspect` was
  /// then seen only when the deploy started beside it had ended, 20 seconds late. So one at a time.
  package func start() throws {
    try Self.starting.withLock { _ in try run() }
  }

  /// Starts the program and waits for its end.
  ///
  /// - Parameter started: gets the process's id, to send signals to.
  /// - Returns: the exit status; `-9` if a signal 9 ended it.
  package func end(started: (Int32) -> Void = { _ in }) async throws -> Int32 {
    try await withCheckedThrowingContinuation { continuation in
      terminationHandler = { ended in
        let bySignal = ended.terminationReason == .uncaughtSignal
        continuation.resume(
          returning: bySignal ? -ended.terminationStatus : ended.terminationStatus)
      }
      do {
        try start()
      } catch {
        continuation.resume(throwing: error)
        return
      }
      started(processIdentifier)
    }
  }

  private static let starting = Mutex(())
}
