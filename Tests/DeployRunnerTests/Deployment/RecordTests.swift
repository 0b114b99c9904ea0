import DeployDSL
import Testing

@testable import DeployRunner

@Suite("Record") struct RecordTests {
  private static func plan(fails: Bool = false) -> Deploy {
    Deploy("shop", health: "/up") {
      DetectActive()
      Up(.target, environment: ["VERSION": "2.0"])
      Health()
      SwapNginx()
      Reload()
      Record("VERSION", in: ".env")
      if fails { Run("false") }
      Stop(.previous)
    }
  }

  private static let recording = plan()

  private func host(_ file: String? = "# shop\nVERSION=1.0\nPASSWORD=abc\n") -> SimulatedHost {
    let host = SimulatedHost(for: Self.recording.application)
    if let file { host.change { $0.write(file, to: ".env") } }
    return host
  }

  private func deploy(
    _ plan: Deploy, on host: SimulatedHost, _ options: RunOptions = RunOptions()
  ) async throws -> RunReport {
    try await Deployer(executor: .mock(host), options: options).run(plan)
  }

  @Test("the value is written, and every other byte stays")
  func writes() async throws {
    let host = host()
    let report = try await deploy(Self.recording, on: host)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.world.file(".env") == "# shop\nVERSION=2.0\nPASSWORD=abc\n")
    #expect(report.warnings == [])
    let node = try #require(report.nodes.first { $0.name == "Record VERSION" })
    #expect(node.summary == ".env: VERSION=2.0")
    // Once more there is nothing to do.
    let again = try await deploy(Self.recording, on: host)
    #expect(again.nodes.first { $0.name == "Record VERSION" }?.status == .skipped)
  }

  @Test("a file that is not there is made; one that is a link is written where it leads to")
  func places() async throws {
    let fresh = host(nil)
    _ = try await deploy(Self.recording, on: fresh)
    #expect(fresh.world.file(".env") == "VERSION=2.0\n")
    let linked = host(nil)
    linked.change {
      $0.write("VERSION=1.0", to: "shared/env")
      $0.link(".env", to: "shared/env")
    }
    _ = try await deploy(Self.recording, on: linked)
    #expect(linked.world.file("shared/env") == "VERSION=2.0")
  }

  @Test(
    "a rollback writes the old value back, byte by byte",
    arguments: [
      "# shop\nVERSION=1.0\nPASSWORD=abc\n", "PASSWORD=abc", "A=1\r\nVERSION = \"1.0\" # old\r\n",
    ])
  func undone(file: String) async throws {
    let host = host(file)
    host.respond(to: "false", with: CommandResult(status: 1))
    let report = try await deploy(Self.plan(fails: true), on: host)
    #expect(report.outcome == .rolledBack, "\(report)")
    #expect(report.undone.contains { $0.what == "set VERSION in .env back" })
    #expect(host.world.file(".env") == file)
  }

  @Test("what somebody wrote meanwhile is left, and the rollback says what to write")
  func changedMeanwhile() async throws {
    let host = host()
    host.respond(to: "false", with: CommandResult(status: 1))
    host.beforeEach { run in
      if run.description.hasSuffix("false") { host.change { $0.write("MINE=1\n", to: ".env") } }
    }
    let report = try await deploy(Self.plan(fails: true), on: host)
    let undo = try #require(report.undone.first { $0.what == "set VERSION in .env back" })
    #expect(undo.failure?.fix == "restore it manually: VERSION=1.0")
    #expect(host.world.file(".env") == "MINE=1\n")
    #expect(host.serving == .blue)
  }

  @Test("a file that cannot be written leaves the new version live and the rest to do")
  func unwritable() async throws {
    let host = host()
    host.change { $0.refuseWrites(to: ".env", because: "Read-only file system") }
    let report = try await deploy(Self.recording, on: host)
    #expect(report.exitCode == 7, "\(report)")
    #expect(report.failure?.message.contains("Read-only file system") == true)
    #expect(host.serving == .green)
  }

  @Test("a dry run shows the line as it is and as it would be, and changes nothing")
  func dryRun() async throws {
    let host = host()
    let rehearsal = try await Self.recording.rehearse(
      on: host, options: RunOptions(isDryRun: true))
    let notes = rehearsal.events.compactMap { event in
      if case .note(let text) = event.kind { text } else { nil }
    }
    #expect(notes.contains("- VERSION=1.0") && notes.contains("+ VERSION=2.0"), "\(notes)")
    #expect(host.world.file(".env") == "# shop\nVERSION=1.0\nPASSWORD=abc\n")
  }

  @Test("the journal keeps the value and nothing else of the file")
  func journal() throws {
    let change = try #require(
      EnvironmentFile(bytes: Array("PASSWORD=abc\nVERSION=1.0\n".utf8))
        .change("VERSION", to: "2.0", in: ".env"))
    #expect(change.old.bytes == Array("1.0".utf8) && change.new.bytes == Array("2.0".utf8))
    #expect(
      RollbackAction(.restoreText(change), in: try Self.recording.graph())?.inJournal
        == .restoreText(change))
  }

  @Test(
    "a line is found and written as Compose reads it",
    arguments: [
      ("", "TAG=2\n"), ("A=1", "A=1\nTAG=2\n"), ("A=1\r\n", "A=1\r\nTAG=2\r\n"),
      ("TAG=1", "TAG=2"), ("TAG=\n", "TAG=2\n"), ("TAG= # none\n", "TAG=2 # none\n"),
      ("export TAG = '1' # x\n", "export TAG = '2' # x\n"), ("TAG: 1\n", "TAG: 2\n"),
      ("TAG=0\nTAG=1\nTAGS=1\n", "TAG=0\nTAG=2\nTAGS=1\n"),
      ("#TAG=1\nB=\"\nTAG=9\n\"\nTAG=1#2\n", "#TAG=1\nB=\"\nTAG=9\n\"\nTAG=2\n"),
      ("K='it\\'s\nTAG=5'\nTAG=1", "K='it\\'s\nTAG=5'\nTAG=2"),
    ])
  func lines(file: String, expected: String) throws {
    let change = try #require(
      EnvironmentFile(bytes: Array(file.utf8)).change("TAG", to: "2", in: ".env"))
    let bytes = try #require(change.applied(to: Array(file.utf8)))
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
    #expect(EnvironmentFile(bytes: bytes).value(of: "TAG") == "2")
    #expect(EnvironmentFile(bytes: bytes).change("TAG", to: "2", in: ".env") == nil)
    #expect(change.undone(in: bytes) == Array(file.utf8))
  }

  @Test("a value that Compose would take apart is put into quotation marks")
  func quoted() throws {
    let change = EnvironmentFile(bytes: []).change("TAG", to: "a $b #c", in: ".env")
    #expect(change?.new.bytes == Array("TAG='a $b #c'\n".utf8))
  }
}
