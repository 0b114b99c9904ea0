import CSystem

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A descriptor that becomes readable when a task is cancelled, for threads that wait in `poll`.
final class CancelSignal: Sendable {
  /// The end to wait on; -1 if the process has no descriptors left (cancelling then waits for the
  /// operation's own timeout).
  let descriptor: Int32
  private let writeEnd: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    if csystem_pipe(&ends) != 0 { ends = [-1, -1] }
    descriptor = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if writeEnd >= 0 { close(writeEnd) }
  }

  func cancel() {
    var byte: UInt8 = 1
    if writeEnd >= 0 { _ = write(writeEnd, &byte, 1) }
  }
}
