import BgrunSystem
import CBgrun
import DeployDSL

/// An open file or folder, closed when the last reference is released.
///
/// Every descriptor in the state folder is close-on-exec: a child that inherited the lock's
/// descriptor would keep the lock after bgrun's death.
package final class OpenFile: Sendable {
  package let descriptor: Int32
  /// Its path, for messages.
  package let path: String

  init(_ descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Opens a path with close-on-exec; `nil` with `errno` set on failure. With `O_CREAT`, a new file
  /// belongs to this user alone.
  static func open(_ path: String, _ flags: Int32) -> OpenFile? {
    #if canImport(Glibc)
      let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    #else
      let descriptor = Darwin.open(path, flags | O_CLOEXEC, 0o600)
    #endif
    return descriptor < 0 ? nil : OpenFile(descriptor, path: path)
  }

  /// A pipe, with close-on-exec; `nil` if there are no descriptors left.
  package static func pipe() -> (reading: OpenFile, writing: OpenFile)? {
    var ends: [Int32] = [-1, -1]
    guard cbgrun_pipe(&ends) == 0 else { return nil }
    return (OpenFile(ends[0], path: "a pipe"), OpenFile(ends[1], path: "a pipe"))
  }

  deinit { close(descriptor) }

  /// Its kind, owner, mode and size.
  func status() throws(DeployError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw StateErrorClassifier.cannot("inspect", path)
    }
    return status
  }

  /// Whether a path refers to it.
  func isAt(_ path: String) -> Bool {
    var there = stat()
    guard let here = try? status(), stat(path, &there) == 0 else { return false }
    return here.st_ino == there.st_ino && here.st_dev == there.st_dev
  }

  // MARK: Locking

  /// Locks it for this process until ``unlock()`` or the end of the process; `false` if another
  /// process holds the lock.
  func lock() throws(DeployError) -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      default: throw StateErrorClassifier.cannot("lock", path)
      }
    }
    return true
  }

  /// Closing is not enough: a child that is being started keeps the file open until its exec.
  func unlock() { flock(descriptor, LOCK_UN) }

  /// The process that holds the lock, as reported by the kernel, without trying to lock it; `nil`
  /// if there is none or the system does not show it.
  var lockOwner: Int32? {
    guard let status = try? status(), let bytes = Files.read("/proc/locks") else {
      return nil
    }
    // `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`; a waiting process has `->` before FLOCK.
    let device = UInt64(truncatingIfNeeded: status.st_dev)
    let major = device >> 8 & 0xfff | device >> 32 & ~0xfff
    let minor = device & 0xff | device >> 12 & ~0xff
    let inode =
      [major, minor].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) + ":" }.joined()
      + "\(status.st_ino)"
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 5, words[1] == "FLOCK", words[5] == inode else { continue }
      return Int32(words[4]).flatMap { $0 > 0 ? $0 : nil }
    }
    return nil
  }

  /// Makes written data survive a power failure.
  func sync() throws(DeployError) {
    guard fsync(descriptor) == 0 else { throw StateErrorClassifier.cannot("write", path) }
  }
}
