import BgrunSystem

/// A lock on a file, held for the lifetime of the value or the process.
package final class FileLock: Sendable {
  package enum Kind {
    case shared, exclusive
    /// Exclusive, without waiting.
    case exclusiveIfFree
  }

  private let file: OpenFile

  /// Acquires the lock, waiting while another process holds it; `nil` if that fails.
  ///
  /// - Parameter waiting: called once before waiting for an exclusive holder or for an exclusive
  ///   lock.
  package init?(_ path: String, _ kind: Kind, waiting: () -> Void = {}) {
    guard let file = OpenFile.open(path, O_RDWR | O_CREAT) else { return nil }
    self.file = file
    let operation = kind == .shared ? LOCK_SH : LOCK_EX
    if flock(file.descriptor, operation | LOCK_NB) == 0 { return }
    guard kind != .exclusiveIfFree else { return nil }
    // A shared lock is held only briefly: waiting for it is not announced.
    if kind == .shared || flock(file.descriptor, LOCK_SH | LOCK_NB) != 0 { waiting() }
    while flock(file.descriptor, operation) != 0 {
      guard errno == EINTR else { return nil }
    }
  }

  deinit { file.unlock() }
}
