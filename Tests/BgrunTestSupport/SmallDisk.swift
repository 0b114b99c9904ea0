import DeployRunner
import Foundation
import Synchronization

/// A disk of a few kilobytes in a folder, for tests of what happens when it is full.
///
/// Another process holds it, so that it goes with this one even if that is killed.
package final class SmallDisk: Sendable {
  private struct NotMounted: Error {}

  private let process: Int32
  private let lifeline = Mutex<OpenFile?>(nil)

  /// Mounts it.
  ///
  /// - Parameter options: those of a tmpfs: `size=64k`.
  package init(at path: String, _ options: String) throws {
    let script = """
      mount -t tmpfs -o "$1" tmpfs "$2" || { echo failed; exit 1; }
      echo mounted; cat >/dev/null; umount -l "$2"
      """
    guard let input = OpenFile.pipe(), let output = OpenFile.pipe() else { throw NotMounted() }
    process = try ChildProcess(
      path: "/bin/sh", argv: ["sh", "-c", script, "sh", options, path],
      environment: ChildProcess.inheritedEnvironment(), timeout: .zero, marksDescendants: false
    ).spawn(
      input: input.reading.descriptor, output: output.writing.descriptor, errors: STDERR_FILENO)
    lifeline.withLock { $0 = input.writing }
    var byte: UInt8 = 0
    guard read(output.reading.descriptor, &byte, 1) == 1, byte == UInt8(ascii: "m") else {
      throw NotMounted()
    }
  }

  /// Unmounts it.
  package func unmount() {
    lifeline.withLock { $0 = nil }
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }
}
