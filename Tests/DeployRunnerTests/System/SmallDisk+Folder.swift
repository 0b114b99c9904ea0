import BgrunTestSupport
import Foundation
import Testing

extension SmallDisk {
  /// Does something with a disk in a folder of its own.
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
    let disk = try SmallDisk(at: path, options)
    defer { disk.unmount() }
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
