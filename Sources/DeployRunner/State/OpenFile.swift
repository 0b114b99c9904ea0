#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open file or folder, closed when nobody uses it any more.
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

  deinit { close(descriptor) }

  /// Its kind, owner, mode and size.
  func status() throws(StepFailure) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StateTrouble.cannot("look at", path) }
    return status
  }

  /// Makes what was written survive a power cut.
  func sync() throws(StepFailure) {
    guard fsync(descriptor) == 0 else { throw StateTrouble.cannot("write", path) }
  }
}
