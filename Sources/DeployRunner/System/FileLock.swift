#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A lock on a file, held for the lifetime of the value or the process.
package final class FileLock {
  package enum Kind {
    case shared, exclusive
    /// Exclusive, without waiting.
    case exclusiveIfFree
  }

  private let file: Int32

  /// Acquires the lock, waiting while another process holds it; `nil` if that fails.
  ///
  /// - Parameter waiting: called once before waiting for an exclusive holder or for an exclusive
  ///   lock.
  package init?(_ path: String, _ kind: Kind, waiting: () -> Void = {}) {
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { return nil }
    let operation = kind == .shared ? LOCK_SH : LOCK_EX
    if flock(file, operation | LOCK_NB) == 0 { return }
    guard kind != .exclusiveIfFree else { return nil }
    // A shared lock is held only briefly: waiting for it is not announced.
    if kind == .shared || flock(file, LOCK_SH | LOCK_NB) != 0 { waiting() }
    while flock(file, operation) != 0 {
      guard errno == EINTR else { return nil }
    }
  }

  deinit {
    guard file >= 0 else { return }
    // Closing is not enough: a child that is being started keeps the file open until its exec.
    flock(file, LOCK_UN)
    close(file)
  }
}
