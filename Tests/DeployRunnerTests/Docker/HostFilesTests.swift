import DeployDSL
import Foundation
import Synchronization
import BgrunTestSupport
import Testing

@testable import DeployRunner

/// Whether this machine lets us mount, which takes root and more.
private let canMount: Bool = {
  guard getuid() == 0, let folder = try? TemporaryFolder() else { return false }
  return (try? SmallDisk(at: folder.path, "size=64k"))?.unmount() != nil
}()

private func inode(_ path: String) -> UInt64 {
  var status = stat()
  return stat(path, &status) == 0 ? UInt64(status.st_ino) : 0
}

private func write(
  _ text: String, to name: String, _ method: FileWrite.Method, in folder: TemporaryFolder
) throws {
  try HostFiles(folder: folder.path).write(
    FileWrite(path: name, bytes: Array(text.utf8), method: method, source: "x"))
}

@Suite("HostFiles", .timeLimit(.minutes(10)))
struct HostFilesTests {
  // MARK: Reading

  @Test func `what lies at a path is said, links followed`() throws {
    let folder = try TemporaryFolder()
    try folder.write("text", to: "file")
    #expect(symlink("file", folder.path("link")) == 0)
    #expect(symlink("nowhere", folder.path("broken")) == 0)
    #expect(mkdir(folder.path("sub"), 0o755) == 0)
    let files = HostFiles(folder: folder.path)
    #expect(try files.snapshot(of: "file").content == .file(Array("text".utf8)))
    #expect(try files.snapshot(of: folder.path("file")).path == folder.path("file"))
    #expect(try files.snapshot(of: "sub").content == .directory)
    #expect(try files.snapshot(of: "none").content == .missing)
    #expect(try files.snapshot(of: "file/below").content == .missing)
    #expect(try files.snapshot(of: "none/below").content == .missing)
    #expect(try files.snapshot(of: "link").content == .file(Array("text".utf8)))
    #expect(try files.snapshot(of: "link").link == "file")
    #expect(try files.snapshot(of: "file").link == nil)
    #expect(try files.snapshot(of: "broken").content == .missing)
    #expect(try files.snapshot(of: "sub/../file").path == folder.path("file"))
    for name in ["file", "sub", "link"] { #expect(try files.snapshot(of: name).age >= .zero) }
  }

  @Test func `a named pipe is refused instead of waited for`() throws {
    let folder = try TemporaryFolder()
    #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
    #expect(
      throws: OperationError.file(
        path: folder.path("pipe"), reason: "neither a file nor a directory")
    ) { try HostFiles(folder: folder.path).snapshot(of: "pipe") }
  }

  // MARK: Writing

  @Test(arguments: ["", "x", "same length", String(repeating: "long\n", count: 100_000)])
  func `new content takes the place of the old, mode kept and nothing left beside it`(
    text: String
  ) throws {
    let folder = try TemporaryFolder()
    for method in [FileWrite.Method.rename, .inPlace] {
      let path = try folder.write("SAME LENGTH", to: "site.conf", mode: 0o640)
      let before = inode(path)
      try write(text, to: "site.conf", method, in: folder)
      #expect(try folder.text("site.conf") == text)
      #expect(try folder.names() == ["site.conf"])
      #expect((inode(path) == before) == (method == .inPlace))
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o640)
    }
  }

  @Test(.enabled(if: getuid() == 0, "needs root"))
  func `a replaced file keeps its owner`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("old", to: "site.conf")
    #expect(chown(path, 1234, 1235) == 0)
    try write("new", to: "site.conf", .rename, in: folder)
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_uid == 1234 && status.st_gid == 1235)
  }

  @Test func `a file that was not there is made by rename only`() throws {
    let folder = try TemporaryFolder()
    try write("new", to: "site.conf", .rename, in: folder)
    #expect(try folder.text("site.conf") == "new")
    #expect(
      throws: OperationError.file(
        path: folder.path("other.conf"), reason: "No such file or directory")
    ) { try write("new", to: "other.conf", .inPlace, in: folder) }
  }

  @Test func `a folder in the file's place is not touched`() throws {
    let folder = try TemporaryFolder()
    #expect(mkdir(folder.path("site.conf"), 0o755) == 0)
    for method in [FileWrite.Method.rename, .inPlace] {
      #expect(
        throws: OperationError.file(path: folder.path("site.conf"), reason: "Is a directory")
      ) { try write("new", to: "site.conf", method, in: folder) }
    }
    #expect(try folder.names() == ["site.conf"])
  }

  @Test(arguments: [FileWrite.Method.rename, .inPlace])
  func `a reader never sees an empty file`(method: FileWrite.Method) async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("short", to: "site.conf")
    let isDone = Mutex(false)
    async let fewest = BlockingThread.run { _ in
      var fewest = Int.max
      while !isDone.withLock({ $0 }) {
        fewest = min(fewest, Files.read(path)?.count ?? 0)
      }
      return .success(fewest)
    }
    for round in 0..<150 {
      let text = round % 2 == 0 ? String(repeating: "long ", count: 5000) : "short"
      try write(text, to: "site.conf", method, in: folder)
    }
    isDone.withLock { $0 = true }
    #expect(try await fewest >= 5)
  }

  @Test(.enabled(if: canMount, "needs root and the right to mount"))
  func `a full disk leaves the old bytes, whole`() throws {
    let folder = try TemporaryFolder()
    let disk = try SmallDisk(at: folder.path, "size=64k")
    defer { disk.unmount() }
    let old = String(repeating: "old\n", count: 5000)
    try folder.write(old, to: "site.conf")
    for method in [FileWrite.Method.rename, .inPlace] {
      let failure = #expect(throws: OperationError.self) {
        try write(String(repeating: "new!", count: 40_000), to: "site.conf", method, in: folder)
      }
      #expect(failure?.description.hasSuffix("No space left on device") == true)
      #expect(try folder.text("site.conf") == old)
      #expect(try folder.names() == ["site.conf"])
    }
  }

  @Test(.enabled(if: canMount, "needs root and the right to mount"))
  func `a folder that cannot be written to leaves the old bytes`() throws {
    let folder = try TemporaryFolder()
    let disk = try SmallDisk(at: folder.path, "size=64k")
    defer { disk.unmount() }
    try folder.write("old", to: "site.conf")
    #expect(succeeds("mount", "-o", "remount,ro", folder.path))
    for method in [FileWrite.Method.rename, .inPlace] {
      let failure = #expect(throws: OperationError.self) {
        try write("new", to: "site.conf", method, in: folder)
      }
      #expect(failure?.description.hasSuffix("Read-only file system") == true)
      #expect(try folder.text("site.conf") == "old")
    }
  }
}
