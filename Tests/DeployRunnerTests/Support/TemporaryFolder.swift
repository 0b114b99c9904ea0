import Foundation
import BgrunTestSupport

/// A folder that is removed with its last owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    let made = FileManager.default.temporaryDirectory
      .appending(path: "bgrun-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
    // `/tmp` is a link on some systems.
    path = made.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  @discardableResult
  func write(_ text: String, to name: String, mode: Int = 0o644) throws -> String {
    let file = try place(for: name)
    guard mode & 0o111 == 0 else {
      // What this process has open for writing is so, for a moment, in whatever another test starts
      // just then; until that is over the system does not run the file ("Text file busy").
      let line = "cat > \"$0\" && chmod \(String(mode, radix: 8)) \"$0\""
      guard succeeds("sh", "-c", line, file, input: text) else {
        throw CocoaError(.fileWriteUnknown)
      }
      return file
    }
    try Data(text.utf8).write(to: URL(filePath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }

  /// Makes a link to a file elsewhere.
  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: try place(for: name), withDestinationPath: target)
  }

  /// The path of a name, in a folder that is there.
  private func place(for name: String) throws -> String {
    let file = URL(filePath: path(name))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    return file.path
  }

  func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path(name))), as: UTF8.self)
  }

  /// The names of everything in the folder.
  func names() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: path))
  }
}
