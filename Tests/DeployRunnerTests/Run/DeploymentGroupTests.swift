import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// Several applications that are deployed together.
@Suite(.timeLimit(.minutes(10))) struct DeploymentGroupTests {
  private struct Trouble: Error {}
  private static let fails: [any Step] = [Tell { throw Trouble() }]

  /// Runs stages and holds what became of the members against the golden file.
  @discardableResult
  private func expect(
    _ fleet: FleetUnderTest, _ stages: [DeploymentGroup.Stage], _ arguments: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws -> DeploymentGroupReport {
    let report = try await fleet.run(stages)
    try hold(fleet, report, arguments, sourceLocation)
    return report
  }

  private func hold(
    _ fleet: FleetUnderTest, _ report: DeploymentGroupReport, _ arguments: String = "",
    _ sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    var lines = ["exit code \(report.exitCode)" + (report.cause.map { ", cause \($0)" } ?? "")]
    for (name, (member, host)) in zip(fleet.names, zip(report.members, fleet.hosts)) {
      let running = ["blue", "green"].filter { host.isRunning("\(name)-\($0)") }
      var line = "\(name): \(member.fate), \(host.serving?.rawValue ?? "none") serves, running: "
      line += running.joined(separator: " and ")
      if case .left(let reason) = member.bringingBack { line += "; left: \(reason)" }
      lines.append(line)
    }
    lines.append(fleet.log.runs.joined(separator: ", "))
    lines += fleet.violations.map { "VIOLATION: \($0)" }
    try expectGolden(
      "Groups.txt", lines.joined(separator: "\n"), arguments, sourceLocation: sourceLocation)
  }

  @Test func `alone, they run one after the other, in their order`() async throws {
    let fleet = try FleetUnderTest(["a", "b", "c"])
    try await expect(fleet, fleet.members.map { .alone($0) })
  }

  @Test func `after a failure nothing more is started, and what was done stays`() async throws {
    let fleet = try FleetUnderTest(["a", "b", "c"], before: { $0 == "b" ? Self.fails : [] })
    try await expect(fleet, fleet.members.map { .alone($0) })
    #expect(fleet.hosts[2].operations.isEmpty)
  }

  @Test(arguments: [1, 2, 3])
  func `in parallel as many run as the limit allows, and never more`(limit: Int) async throws {
    let meeting = Meeting(of: limit)
    let fleet = try FleetUnderTest(
      ["a", "b", "c", "d", "e"], before: { _ in [Meet(meeting: meeting)] })
    let report = try await fleet.run([.inParallel(fleet.members, limit: limit)])
    #expect(report.exitCode == 0 && fleet.log.most == limit && fleet.violations.isEmpty)
  }

  @Test func `in parallel a failure undoes what is its own, and the others continue`() async throws
  {
    let fleet = try FleetUnderTest(["a", "b", "c", "d"], after: { $0 == "a" ? Self.fails : [] })
    let report = try await fleet.run([
      .inParallel(Array(fleet.members.dropLast()), limit: 2), .alone(fleet.members[3]),
    ])
    #expect(report.members.map(\.fate) == [.failed, .done, .done, .notStarted])
    #expect(report.members[0].run?.outcome == .rolledBack && report.exitCode == 3)
    #expect(fleet.serving == [.blue, .green, .green, .blue] && fleet.violations.isEmpty)
  }

  @Test func `in an atomic group a failure rolls back what was done, the last one first`()
    async throws
  {
    let fleet = try FleetUnderTest(["a", "b", "c", "d"], before: { $0 == "c" ? Self.fails : [] })
    try await expect(fleet, [.atomically(fleet.members)])
  }

  @Test func `in a parallel atomic group a failure cancels and undoes the others`() async throws {
    let meeting = Meeting(of: 2)
    let fleet = try FleetUnderTest(["a", "b"]) { name in
      [Meet(meeting: meeting), name == "a" ? Tell { throw Trouble() } : Tell.forever]
    }
    let report = try await fleet.run([.atomically(fleet.members, limit: 2)])
    #expect(report.members.map(\.fate) == [.failed, .cancelled])
    #expect(report.cause == "a" && report.exitCode == 1)
    #expect(fleet.serving == [.blue, .blue] && fleet.violations.isEmpty)
    #expect(!fleet.host("b").isRunning("b-green"))
  }

  @Test func `a deploy lock that was set meanwhile does not prevent the rollback`() async throws {
    let folder = try TemporaryFolder()
    let freeze = Tell {
      _ = try StateFolder.prepare(at: folder.path, application: "a").lock.freeze(reason: "audit")
      throw Trouble()
    }
    let fleet = try FleetUnderTest(
      ["a", "b"], options: RunOptions(stateFolder: folder.path),
      before: { $0 == "b" ? [freeze] : [] })
    try await expect(fleet, [.atomically(fleet.members)])
  }

  /// A fleet whose second member fails, and before whose first operation something happens.
  private func fleet(
    beforeSecond body: @escaping @Sendable (FleetUnderTest) async -> Void
  ) throws -> FleetUnderTest {
    let fleet = try FleetUnderTest(["a", "b"], before: { $0 == "b" ? Self.fails : [] })
    fleet.host("b").beforeEach(.operation(1)) { _ in await body(fleet) }
    return fleet
  }

  @Test func `a member that cannot be rolled back is reported, and needs a person`() async throws {
    let fleet = try fleet { fleet in
      fleet.host("a").change { $0.behavior(of: "a-blue", .crashingAtBoot()) }
    }
    try await expect(fleet, [.atomically(fleet.members)])
  }

  @Test func `a member that another run has deployed since is left alone`() async throws {
    let fleet = try fleet { fleet in
      let first = fleet.members[0]
      _ = await first.runner.start(first.graph) { _ in }.report()
    }
    try await expect(fleet, [.atomically(fleet.members)])
  }

  @Test(arguments: ["without rollback", "dry run"])
  func `without a rollback, or in a dry run, what was done stays`(name: String) async throws {
    let options = RunOptions(isDryRun: name == "dry run", rollsBack: name == "dry run")
    let fleet = try FleetUnderTest(
      ["a", "b"], options: options, before: { $0 == "b" && !options.isDryRun ? Self.fails : [] })
    if options.isDryRun { fleet.host("b").change { $0.stop("nginx-proxy") } }
    try await expect(fleet, [.atomically(fleet.members)], name)
  }

  @Test func `an interruption undoes what runs, rolls an atomic group back, and starts no more`()
    async throws
  {
    let begun = Meeting(of: 2)
    let fleet = try FleetUnderTest(["a", "b", "c"]) { name in
      name == "b" ? [Meet(meeting: begun), Tell.forever] : []
    }
    let run = Task {
      try await fleet.run([.atomically(Array(fleet.members.dropLast())), .alone(fleet.members[2])])
    }
    await begun.join()
    run.cancel()
    let report = try await run.value
    try hold(fleet, report)
    #expect(report.isInterrupted && report.exitCode(afterSignal: 15) == 143)
  }
}
