import BgrunTestSupport
import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite struct PrivateFolderTests {
  let scratch: TemporaryFolder
  let folder: PrivateFolder

  init() throws {
    scratch = try TemporaryFolder()
    folder = try scratch.state().folder
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/\(name)", withDestinationPath: target)
  }

  @Test func `a file is replaced as a whole`() throws {
    #expect(try folder.read("a") == nil)
    try folder.write("a", Array("one".utf8))
    try folder.write("a", Array("two".utf8), durably: false)
    #expect(try folder.read("a") == Array("two".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    try folder.remove("a")
    try folder.remove("a")
    #expect(try folder.read("a") == nil)
  }

  @Test func `a symbolic link to a file is neither read nor written through`() throws {
    let secret = "\(scratch.path)/secret"
    try Data("secret".utf8).write(to: URL(fileURLWithPath: secret))
    try link("a", to: secret)
    #expect(failure { _ = try folder.read("a") }?.fix?.contains("symbolic link") == true)
    #expect(failure { _ = try folder.open("a", O_RDWR | O_CREAT) } != nil)
    try folder.write("a", [1])
    #expect(try folder.read("a") == [1])
    #expect(try String(contentsOfFile: secret, encoding: .utf8) == "secret")
  }

  @Test func `a link in the temporary file's place is not written through`() throws {
    let secret = "\(scratch.path)/secret"
    try Data("secret".utf8).write(to: URL(fileURLWithPath: secret))
    try link(".a.\(getpid())", to: secret)
    try folder.write("a", [1])
    #expect(try String(contentsOfFile: secret, encoding: .utf8) == "secret")
  }

  @Test func `a named pipe in a file's place does not make it wait`() throws {
    try #require(mkfifo("\(folder.path)/a", 0o600) == 0)
    #expect(try folder.read("a") == [])
  }

  @Test func `what is done in it is done in this very folder, though its path leads elsewhere`()
    throws
  {
    try folder.write("a", [1])
    #expect(folder.isInPlace)
    try FileManager.default.moveItem(atPath: folder.path, toPath: "\(scratch.path)/moved")
    try FileManager.default.createDirectory(
      atPath: folder.path, withIntermediateDirectories: false)
    #expect(!folder.isInPlace)
    #expect(try folder.read("a") == [1])
    try folder.write("b", [2])
    #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/moved/b"))
  }

  @Test(.needsRoot) func `a full disk leaves the old content`() async throws {
    try await SmallDisk.with(kilobytes: 512) { disk in
      let folder = try StateFolder.prepare(at: "\(disk)/.bgrun", application: "grafana").folder
      try folder.write("a", Array("old".utf8))
      let large = [UInt8](repeating: 7, count: 600 * 1024)
      #expect(failure { try folder.write("a", large) }?.code == .environment)
      #expect(try folder.read("a") == Array("old".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    }
  }
}
