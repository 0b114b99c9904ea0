import DeployDSL

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open file or folder, closed with its last reference.
///
/// Every descriptor of the state folder is closed on exec: a child that inherited the lock's would
/// keep it held after bgrun's death.
package final class OpenFile: Sendable {
  package let descriptor: Int32
  /// Where it was opened, for messages.
  package let path: String

  init(_ descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Opens what is at a path, in no case for children; `nil` with `errno` set if that cannot be
  /// done.
  static func open(_ path: String, _ flags: Int32) -> OpenFile? {
    #if canImport(Glibc)
      let descriptor = Glibc.open(path, flags | O_CLOEXEC)
    #else
      let descriptor = Darwin.open(path, flags | O_CLOEXEC)
    #endif
    return descriptor < 0 ? nil : OpenFile(descriptor, path: path)
  }

  deinit { close(descriptor) }

  /// Its kind, owner, mode and size.
  func status() throws(DeployError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw StateErrorClassifier.cannot("look at", path)
    }
    return status
  }

  /// Whether a path leads to it.
  func isAt(_ path: String) -> Bool {
    var there = stat()
    guard let here = try? status(), stat(path, &there) == 0 else { return false }
    return here.st_ino == there.st_ino && here.st_dev == there.st_dev
  }

  // MARK: Locking

  /// Locks it for this process until ``unlock()`` or the process's death; `false` if another one
  /// has.
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

  /// Closing alone does not do: a child that is being started has the file open until its exec.
  func unlock() { flock(descriptor, LOCK_UN) }

  /// The process that has it locked, as the kernel reports it, without trying to lock it. `nil` if
  /// there is none, or the system does not show it.
  var lockOwner: Int32? {
    guard let status = try? status(), let bytes = Files.read("/proc/locks") else {
      return nil
    }
    // `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF`; one that waits has `->` before FLOCK.
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

  /// Makes what was written survive a power cut.
  func sync() throws(DeployError) {
    guard fsync(descriptor) == 0 else { throw StateErrorClassifier.cannot("write", path) }
  }
}
