/// A lock on a file that is held until the value is gone, or the process.
final class FileLock {
  enum Kind {
    /// With others who only look.
    case shared
    /// Alone.
    case exclusive
  }

  private let file: Int32

  /// Takes the lock; waits for it if it is another's.
  ///
  /// - Parameter waiting: called once before there is anything to wait for.
  init?(_ path: String, _ kind: Kind, waiting: () -> Void = {}) {
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { return nil }
    let operation = kind == .shared ? LOCK_SH : LOCK_EX
    if flock(file, operation | LOCK_NB) == 0 { return }
    // Those who only look are done at once, and not worth a word.
    if kind == .shared || flock(file, LOCK_SH | LOCK_NB) != 0 { waiting() }
    while flock(file, operation) != 0 {
      guard errno == EINTR else { return nil }
    }
  }

  /// Takes the lock if nobody else has it.
  init?(ifFree path: String) {
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0, flock(file, LOCK_EX | LOCK_NB) == 0 else { return nil }
  }

  deinit {
    guard file >= 0 else { return }
    // Closing alone does not do: a child that is being started has the file open until its exec.
    flock(file, LOCK_UN)
    close(file)
  }
}
