import BgrunTestSupport
import DeployDSL
import Foundation
import Synchronization
import Testing

@testable import DeployRunner

@Suite("Files that come with a run", .timeLimit(.minutes(10)))
struct FileDeliveryTests {
  private let folder: TemporaryFolder
  private static let sent: [String: [UInt8]] = [
    "compose.yaml": Array("services:\n  a: {}\n  b: 2\n".utf8),
    "nginx/green.conf": Array("server green;\n".utf8), "same": Array("same\n".utf8),
  ]

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("services:\n  a: {}\n  b: 1\n", to: "compose.yaml", mode: 0o640)
    try folder.write("same\n", to: "same")
  }

  private func run(
    _ program: String..., change: (inout RunOptions) -> Void = { _ in }
  ) async throws -> (report: RunReport, notes: [String]) {
    var options = RunOptions(stateFolder: folder.stateFolder)
    options.files = Self.sent
    change(&options)
    let graph = try Deploy("grafana") { Run(program[0]) }.graph()
    let notes = Mutex<[String]>([])
    let report = await Deployer(executor: .docker(project: folder.path), options: options)
      .start(graph) { event in
        if case .note(let text) = event.kind { notes.withLock { $0.append(text) } }
      }.report()
    return (report, notes.withLock { $0 })
  }

  private func expectOld() throws {
    #expect(try folder.text("compose.yaml") == "services:\n  a: {}\n  b: 1\n")
    #expect(!FileManager.default.fileExists(atPath: folder.path("nginx/green.conf")))
  }

  private func expectNew() throws {
    #expect(try folder.text("compose.yaml") == "services:\n  a: {}\n  b: 2\n")
    #expect(try folder.text("nginx/green.conf") == "server green;\n")
  }

  @Test func `are written before the first step, and their differences shown`() async throws {
    let (report, notes) = try await run("true")
    #expect(report.outcome == .succeeded)
    #expect(
      notes == [
        "sends compose.yaml: -1 +1 lines", "-   b: 1", "+   b: 2",
        "sends nginx/green.conf, which is new (14 bytes)",
      ])
    try expectNew()
    #expect(try folder.mode(of: "compose.yaml") == 0o640)
  }

  @Test func `are restored and removed when the run is rolled back`() async throws {
    let (report, _) = try await run("false")
    #expect(report.outcome == .failed)
    #expect(report.undone.map(\.what) == ["remove nginx/green.conf", "restore compose.yaml"])
    try expectOld()
  }

  @Test func `are in the journal, for a later undo`() async throws {
    let (left, _) = try await run("false") { $0.rollsBack = false }
    #expect(left.isInterrupted)
    try expectNew()
    let journal = try folder.state().journal
    let state = try journal.open(#require(try journal.runs().first)).state
    #expect(
      state.toUndo.map(\.undo) == [
        .restoreFile(
          FileChange(
            file: "nginx/green.conf", old: nil, new: JournalBytes(Array("server green;\n".utf8)))),
        .restoreFile(
          FileChange(
            file: "compose.yaml",
            old: JournalBytes(Array("services:\n  a: {}\n  b: 1\n".utf8)),
            new: JournalBytes(Self.sent["compose.yaml"] ?? []))),
      ])
  }

  @Test func `stay as another has changed them meanwhile`() async throws {
    try folder.write("#!/bin/sh\necho other >compose.yaml\nexit 1\n", to: "spoil", mode: 0o755)
    let (report, _) = try await run("./spoil")
    #expect(report.outcome == .rollbackFailed)
    #expect(try folder.text("compose.yaml") == "other\n")
    #expect(
      report.undone.last?.failure?.message
        == "compose.yaml was changed during this run, so it is not restored")
  }

  @Test func `are only shown in a dry run`() async throws {
    let (report, notes) = try await run("true") { $0.isDryRun = true }
    #expect(report.outcome == .succeeded && notes.contains("+   b: 2"))
    try expectOld()
  }

  @Test func `that cannot be written fail the run before its first step`() async throws {
    try folder.write("", to: "nginx")
    let (report, _) = try await run("touch") { _ in }
    #expect(report.outcome != .succeeded && report.nodes.isEmpty)
    #expect(try folder.text("compose.yaml") == "services:\n  a: {}\n  b: 1\n")
  }

  @Test func `leave a link a link`() async throws {
    try FileManager.default.moveItem(
      atPath: folder.path("compose.yaml"), toPath: folder.path("real.yaml"))
    try folder.link("compose.yaml", to: "real.yaml")
    let (report, _) = try await run("true")
    #expect(report.outcome == .succeeded)
    #expect(try folder.text("real.yaml") == "services:\n  a: {}\n  b: 2\n")
  }
}
