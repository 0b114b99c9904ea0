import BgrunSystem
import DeployDSL
import Synchronization

/// The lock that lets only one run at a time switch a site file: a kernel lock on the file itself.
///
/// It excludes every other user of that file, whatever the plan's name, the checkout, the state
/// folder or the account; and it holds even if the state folder is removed.
final class SiteLock: Sendable {
  private struct Reference {
    weak var lock: SiteLock?
  }

  /// The locks of this process, by path.
  private static let held = Mutex<[String: Reference]>([:])

  private let path: String
  /// The original file and its replacements; empty once released.
  private let files: Mutex<[OpenFile]>

  private init(_ path: String, _ file: OpenFile) {
    self.path = path
    files = Mutex([file])
    Self.held.withLock { $0[path] = Reference(lock: self) }
  }

  deinit { release() }

  /// Takes the lock; `nil` if there is no such file on this machine.
  ///
  /// - Parameter root: The state folder, in which runs describe themselves.
  /// - Throws: ``LockError`` if another process holds it, ``DeployError`` if it cannot be locked.
  static func acquire(_ path: String, in root: PrivateFolder) throws -> SiteLock? {
    while let file = open(path) {
      guard try file.lock() else {
        throw LockError.held(application: path, by: LockHolder(of: file, in: root))
      }
      // Otherwise it was replaced between opening and locking.
      if file.isAt(path) { return SiteLock(path, file) }
    }
    return nil
  }

  private static func open(_ path: String) -> OpenFile? {
    // Some network file systems only let writers lock.
    OpenFile.open(path, O_RDWR | O_NONBLOCK) ?? OpenFile.open(path, O_RDONLY | O_NONBLOCK)
  }

  /// Locks a file that is about to replace one that this process has locked: at no moment does the
  /// path lead to a file that another run could lock.
  static func handOver(_ path: String, to descriptor: Int32) {
    guard let lock = held.withLock({ $0[path]?.lock }) else { return }
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { return }
    let file = OpenFile(copy, path: path)
    lock.files.withLock { files in
      guard !files.isEmpty, (try? file.lock()) == true else { return }
      files.append(file)
    }
  }

  /// Locks the file that a user has put in its place, if any.
  ///
  /// - Throws: ``DeployError`` if another run has locked it meanwhile.
  func check() throws(DeployError) {
    try files.withLock { files throws(DeployError) in
      guard !files.isEmpty, !files.contains(where: { $0.isAt(path) }), let new = Self.open(path)
      else { return }
      guard try new.lock() else {
        throw DeployError(
          .interference, "\(path) was replaced, and another deploy uses the new file",
          fix: "wait for that deploy, then check the state: `bgrun status PLAN`")
      }
      files.append(new)
    }
  }

  /// Releases the lock.
  func release() {
    files.withLock { files in
      for file in files { file.unlock() }
      files = []
    }
  }
}
