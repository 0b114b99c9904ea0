import Foundation
import Testing

/// A disk of a few kilobytes, for tests of what happens when it is full.
enum SmallDisk {
  static func with(
    kilobytes: Int, readOnly: Bool = false, _ body: (String) throws -> Void
  ) throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/disk"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    let options = "size=\(kilobytes)k,mode=700" + (readOnly ? ",ro" : "")
    try #require(run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]) == 0)
    defer { _ = run("umount", ["-l", path]) }
    try body(path)
  }

  private static func run(_ program: String, _ arguments: [String]) -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    do { try process.run() } catch { return -1 }
    process.waitUntilExit()
    return process.terminationStatus
  }
}

extension Trait where Self == ConditionTrait {
  /// Needs to mount disks and to give files away.
  static var needsRoot: Self {
    #if os(Linux)
      .enabled(if: geteuid() == 0, "needs Linux and root: mounts a small disk, changes owners")
    #else
      .disabled("needs Linux and root")
    #endif
  }
}
