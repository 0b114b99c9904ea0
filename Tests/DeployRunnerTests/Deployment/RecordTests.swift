import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

@Suite struct RecordTests {
  private static let usual = "# shop\nVERSION=1.0\nPASSWORD=abc\n"

  private static func plan(fails: Bool = false) -> Deploy {
    .standard(
      "shop", health: "/up", environment: ["VERSION": "2.0"],
      after: {
        Record("VERSION", in: ".env")
        if fails { Run("fail") }
      })
  }

  private func host(_ file: String? = usual) -> SimulatedHost {
    let host = SimulatedHost(for: Self.plan()) { world in
      if let file { world.write(file, to: ".env") }
    }
    host.fail(.command(containing: "fail"))
    return host
  }

  @Test func `the value is written, and every other byte stays`() async throws {
    let host = host()
    let report = try await expectEnd("Record", of: Self.plan(), on: host).report
    #expect(host.world.file(".env") == "# shop\nVERSION=2.0\nPASSWORD=abc\n")
    #expect(report.nodes.first { $0.name == "Record VERSION" }?.summary == ".env: VERSION=2.0")
    // Once more there is nothing to do.
    let again = try await Self.plan().rehearse(on: host).report
    #expect(again.nodes.first { $0.name == "Record VERSION" }?.status == .skipped)
  }

  @Test func `a missing file is created; a link is written where it leads to`() async throws {
    let fresh = try await Self.plan().rehearse(on: host(nil)).host
    #expect(fresh.world.file(".env") == "VERSION=2.0\n")
    let linked = host(nil)
    linked.change {
      $0.write("VERSION=1.0", to: "shared/env")
      $0.link(".env", to: "shared/env")
    }
    _ = try await Self.plan().rehearse(on: linked)
    #expect(linked.world.file("shared/env") == "VERSION=2.0")
  }

  @Test(arguments: [usual, "PASSWORD=abc", "A=1\r\nVERSION = \"1.0\" # old\r\n"])
  func `a rollback restores the old value, byte by byte`(file: String) async throws {
    let host = host(file)
    let report = try await Self.plan(fails: true).rehearse(on: host).report
    #expect(report.outcome == .rolledBack, "\(report)")
    #expect(report.undone.contains { $0.what == "restore VERSION in .env" })
    #expect(host.world.file(".env") == file)
  }

  @Test func `what was written meanwhile is left, and the rollback says what to write`()
    async throws
  {
    let host = host()
    host.beforeEach(.command(containing: "fail")) { _ in
      host.change { $0.write("MINE=1\n", to: ".env") }
    }
    try await expectEnd("Record", of: Self.plan(fails: true), on: host)
    #expect(host.world.file(".env") == "MINE=1\n")
  }

  @Test func `a file that cannot be written leaves the clean-up incomplete`() async throws {
    let host = host()
    host.change { $0.refuseWrites(to: ".env", because: "Read-only file system") }
    try await expectEnd("Record", of: Self.plan(), on: host)
  }

  @Test func `a dry run shows the line as it is and as it would be, and changes nothing`()
    async throws
  {
    let host = host()
    let dry = try await Self.plan().rehearse(on: host, options: RunOptions(isDryRun: true))
    #expect(dry.notes.contains("- VERSION=1.0") && dry.notes.contains("+ VERSION=2.0"))
    #expect(host.world.file(".env") == Self.usual)
  }

  @Test func `the journal keeps the value and nothing else of the file`() throws {
    let change = try #require(
      EnvironmentFile(bytes: Array("PASSWORD=abc\nVERSION=1.0\n".utf8))
        .change("VERSION", to: "2.0", in: ".env"))
    #expect(change.old.bytes == Array("1.0".utf8) && change.new.bytes == Array("2.0".utf8))
    #expect(
      RollbackAction(.restoreText(change), in: try Self.plan().graph())?.inJournal
        == .restoreText(change))
  }

  @Test(
    arguments: [
      ("", "TAG=2\n"), ("A=1", "A=1\nTAG=2\n"), ("A=1\r\n", "A=1\r\nTAG=2\r\n"),
      ("TAG=1", "TAG=2"), ("TAG=\n", "TAG=2\n"), ("TAG= # none\n", "TAG=2 # none\n"),
      ("export TAG = '1' # x\n", "export TAG = '2' # x\n"), ("TAG: 1\n", "TAG: 2\n"),
      ("TAG=0\nTAG=1\nTAGS=1\n", "TAG=0\nTAG=2\nTAGS=1\n"),
      ("#TAG=1\nB=\"\nTAG=9\n\"\nTAG=1#2\n", "#TAG=1\nB=\"\nTAG=9\n\"\nTAG=2\n"),
      ("K='it\\'s\nTAG=5'\nTAG=1", "K='it\\'s\nTAG=5'\nTAG=2"),
    ])
  func `a line is found and written as Compose reads it`(file: String, expected: String) throws {
    let change = try #require(
      EnvironmentFile(bytes: Array(file.utf8)).change("TAG", to: "2", in: ".env"))
    let bytes = try #require(change.applied(to: Array(file.utf8)))
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
    #expect(EnvironmentFile(bytes: bytes).value(of: "TAG") == "2")
    #expect(EnvironmentFile(bytes: bytes).change("TAG", to: "2", in: ".env") == nil)
    #expect(change.undone(in: bytes) == Array(file.utf8))
  }

  @Test func `a value that Compose would interpret is quoted`() throws {
    let change = EnvironmentFile(bytes: []).change("TAG", to: "a $b #c", in: ".env")
    #expect(change?.new.bytes == Array("TAG='a $b #c'\n".utf8))
  }
}
