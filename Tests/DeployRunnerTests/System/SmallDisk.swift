import Foundation
import BgrunTestSupport
import Testing

/// A disk of a few kilobytes, for tests of what happens when it is full.
enum SmallDisk {
  static func with(
    kilobytes: Int, inodes: Int? = nil, readOnly: Bool = false,
    _ body: (String) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/disk"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    let options =
      "size=\(kilobytes)k,mode=700" + (readOnly ? ",ro" : "")
      + (inodes.map { ",nr_inodes=\($0)" } ?? "")
    try #require(succeeds("mount", "-t", "tmpfs", "-o", options, "tmpfs", path))
    defer { _ = succeeds("umount", "-l", path) }
    try await body(path)
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
