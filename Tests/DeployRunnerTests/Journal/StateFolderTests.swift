import BgrunTestSupport
import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite struct StateFolderTests {
  let scratch: TemporaryFolder
  var path: String { scratch.stateFolder }

  init() throws { scratch = try TemporaryFolder() }

  private func prepare(_ application: String = "grafana") -> DeployError? {
    failure { _ = try StateFolder.prepare(at: path, application: application) }
  }

  @Test func `is made for its owner only, and ignored by git`() throws {
    let state = try scratch.state()
    try state.folder.write("file", [1, 2, 3])
    #expect(try scratch.mode(of: ".bgrun") == 0o700)
    #expect(try scratch.mode(of: ".bgrun/grafana") == 0o700)
    #expect(try scratch.mode(of: ".bgrun/grafana/file") == 0o600)
    #expect(try String(contentsOfFile: "\(path)/.gitignore", encoding: .utf8) == "*\n")
    #expect(try state.folder.names() == ["file"])
  }

  @Test func `many applications may begin in one folder at the same time`() async throws {
    let path = path
    for round in 0..<20 {
      let failures = await withTaskGroup(of: String?.self) { group in
        for number in 0..<8 {
          group.addTask {
            do throws(DeployError) {
              _ = try StateFolder.prepare(
                at: "\(path)-\(round)", application: "app-\(number)")
              return nil
            } catch {
              return "\(error)"
            }
          }
        }
        return await group.reduce(into: [String]()) { if let text = $1 { $0.append(text) } }
      }
      #expect(failures == [])
    }
  }

  @Test func `is not made by looking at it`() throws {
    #expect(try StateFolder.existing(at: path, application: "grafana") == nil)
    #expect(!FileManager.default.fileExists(atPath: path))
    _ = try scratch.state()
    #expect(try StateFolder.existing(at: path, application: "grafana") != nil)
    #expect(try StateFolder.existing(at: path, application: "other") == nil)
  }

  @Test func `a symbolic link in its place is refused`() throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/tmp")
    #expect(
      prepare()?.description
        == "the state folder \(path) is a symbolic link, which bgrun does not follow; "
        + "remove the link (`rm \(path)`), or specify the folder that it points to")
    #expect(failure { _ = try StateFolder.existing(at: path, application: "grafana") } != nil)
  }

  @Test func `a symbolic link in its application's place is refused`() throws {
    _ = try scratch.state(of: "other")
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/grafana", withDestinationPath: "other")
    #expect(prepare()?.code == .environment)
    #expect(prepare()?.message.contains("\(path)/grafana is a symbolic link") == true)
  }

  @Test(arguments: [0o777, 0o722, 0o772, 0o1777])
  func `one that everybody may write is refused`(mode: Int) throws {
    _ = try scratch.state()
    for folder in [path, "\(path)/grafana"] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
      #expect(
        prepare()?.description
          == "the state folder \(folder) can be written by every user; check its files, then run "
          + "`chmod o= \(folder)`")
      try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
    }
    #expect(prepare() == nil)
  }

  @Test func `one that others may read is closed`() throws {
    _ = try scratch.state()
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    #expect(prepare() == nil)
    #expect(try scratch.mode(of: ".bgrun") == 0o700)
  }

  @Test(.needsRoot) func `one of somebody else is refused`() throws {
    _ = try scratch.state()
    try FileManager.default.setAttributes([.ownerAccountID: 65534], ofItemAtPath: path)
    let failure = try #require(prepare())
    #expect(failure.message.hasPrefix("the state folder \(path) belongs to nobody"))
    #expect(failure.fix?.contains("chown -R") == true)
  }

  @Test func `a file in its place is refused`() throws {
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(prepare()?.message == "the state folder \(path) is not a folder")
  }

  @Test func `a project that is not there is refused`() throws {
    let failure = failure {
      _ = try StateFolder.prepare(at: "\(scratch.path)/no/.bgrun", application: "grafana")
    }
    #expect(
      failure?.description
        == "cannot create \(scratch.path)/no/.bgrun: No such file or directory; create its "
        + "parent folder, or choose another state folder (--state DIR)")
  }

  @Test(arguments: ["", ".", "..", "../other", "a/b", ".git", "-rf", "a b", "a\0b", "ä"])
  func `a name that leads out of the folder is refused`(name: String) {
    #expect(prepare(name)?.code == .plan)
  }

  @Test(.needsRoot) func `a full disk is refused before anything starts`() async throws {
    try await SmallDisk.with(kilobytes: 128) { disk in
      let failure = failure {
        _ = try StateFolder.prepare(at: "\(disk)/.bgrun", application: "grafana")
      }
      #expect(failure?.code == .environment)
      #expect(failure?.message.hasSuffix("No space left on device") == true)
      #expect(failure?.fix == "free some disk space, then run it again")
    }
  }

  @Test(.needsRoot) func `a read-only disk is refused`() async throws {
    try await SmallDisk.with(kilobytes: 1024, readOnly: true) { disk in
      let failure = failure {
        _ = try StateFolder.prepare(at: "\(disk)/.bgrun", application: "grafana")
      }
      #expect(failure?.message.hasSuffix("Read-only file system") == true)
    }
  }
}
