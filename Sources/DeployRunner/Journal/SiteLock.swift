import DeployDSL
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The lock that lets one run at a time switch by a site file: the kernel's, of the file itself.
///
/// So it holds for whoever switches by that file, whatever the name of his plan, his checkout of
/// the project, his state folder and his account; and it holds when the state folder is removed.
final class SiteLock: Sendable {
  private struct Reference {
    weak var lock: SiteLock?
  }

  /// Those of this process, by path.
  private static let held = Mutex<[String: Reference]>([:])

  private let path: String
  /// The file that was found, and those that have taken its place since; empty once released.
  private let files: Mutex<[OpenFile]>

  private init(_ path: String, _ file: OpenFile) {
    self.path = path
    files = Mutex([file])
    Self.held.withLock { $0[path] = Reference(lock: self) }
  }

  deinit { release() }

  /// Takes the lock; `nil` if there is no such file on this machine.
  ///
  /// - Parameter root: the state folder, whose runs say who they are.
  /// - Throws: ``LockError`` if another process holds it, ``DeployError`` if it cannot be locked.
  static func acquire(_ path: String, in root: PrivateFolder) throws -> SiteLock? {
    while let file = open(path) {
      guard try file.lock() else {
        throw LockError.held(application: path, by: LockHolder(of: file, in: root))
      }
      // Else it was replaced between opening and locking.
      if file.isAt(path) { return SiteLock(path, file) }
    }
    return nil
  }

  private static func open(_ path: String) -> OpenFile? {
    // On some network file systems only who may write may lock.
    OpenFile.open(path, O_RDWR | O_NONBLOCK) ?? OpenFile.open(path, O_RDONLY | O_NONBLOCK)
  }

  /// Locks a file that is about to take the place of one that this process has locked: at no moment
  /// does the path lead to a file that another run could lock.
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

  /// Locks the file that a person has put in its place, if one has.
  ///
  /// - Throws: a failure if another run has it by now.
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

  /// Lets others switch.
  func release() {
    files.withLock { files in
      for file in files { file.unlock() }
      files = []
    }
  }
}
