import DeployRunner
import Synchronization

/// A folder for the journals of rehearsed runs, in memory where there is such a place.
///
/// Its lock tells other processes that it is in use: what a killed process has left is removed by the
/// next one.
final class ScratchFolder: Sendable {
  static let base = Files.isFolder("/dev/shm") ? "/dev/shm" : "/tmp"
  static let prefix = "bgrun-rehearsal-"
  private static let isSwept: Void = sweep()

  let path: String
  /// `nil` once removed.
  private let lock: Mutex<FileLock?>

  init() {
    Self.isSwept
    var (path, lock): (String, FileLock?) = ("", nil)
    // Another process may have taken it for a left one before it was locked. Without a place for it,
    // the runs say so.
    for _ in 0..<3 where lock == nil {
      path = "\(Self.base)/\(Self.prefix)\(UInt64.random(in: 0 ... .max))"
      _ = Files.makeFolder(path)
      lock = FileLock("\(path)/lock", .exclusiveIfFree)
    }
    self.path = path
    self.lock = Mutex(lock)
  }

  /// Removes what killed processes have left.
  static func sweep() {
    for name in Files.names(in: base) where name.hasPrefix(prefix) {
      let path = "\(base)/\(name)"
      guard Files.isOwn(path), let lock = FileLock("\(path)/lock", .exclusiveIfFree) else {
        continue
      }
      withExtendedLifetime(lock) { Files.removeTree(path) }
    }
  }

  deinit { remove() }

  /// The state folder inside.
  var state: String { "\(path)/.bgrun" }

  /// Takes over the state of another one as it is now.
  func take(from other: ScratchFolder) { Files.copyTree(other.state, to: state) }

  /// Removes it.
  func remove() {
    Files.removeTree(path)
    lock.withLock { $0 = nil }
  }
}
