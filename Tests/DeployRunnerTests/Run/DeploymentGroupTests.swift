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
    _ group: GroupUnderTest, _ stages: [DeploymentGroup.Stage], _ arguments: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws -> DeploymentGroupReport {
    let report = try await group.run(stages)
    try hold(group, report, arguments, sourceLocation)
    return report
  }

  private func hold(
    _ group: GroupUnderTest, _ report: DeploymentGroupReport, _ arguments: String = "",
    _ sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    var lines = ["exit code \(report.exitCode)" + (report.cause.map { ", cause \($0)" } ?? "")]
    for (name, (member, host)) in zip(group.names, zip(report.members, group.hosts)) {
      let running = ["blue", "green"].filter { host.isRunning("\(name)-\($0)") }
      var line = "\(name): \(member.fate), \(host.serving?.rawValue ?? "none") serves, running: "
      line += running.joined(separator: " and ")
      if case .left(let reason) = member.rollback { line += "; left: \(reason)" }
      lines.append(line)
    }
    lines.append(group.log.runs.joined(separator: ", "))
    lines += group.violations.map { "VIOLATION: \($0)" }
    try expectGolden(
      "Groups.txt", lines.joined(separator: "\n"), arguments, sourceLocation: sourceLocation)
  }

  @Test func `alone, they run one after the other, in their order`() async throws {
    let group = try GroupUnderTest(["a", "b", "c"])
    try await expect(group, group.members.map { .alone($0) })
  }

  @Test func `after a failure nothing more is started, and what was done stays`() async throws {
    let group = try GroupUnderTest(["a", "b", "c"], before: { $0 == "b" ? Self.fails : [] })
    try await expect(group, group.members.map { .alone($0) })
    #expect(group.hosts[2].operations.isEmpty)
  }

  @Test(arguments: [1, 2, 3])
  func `in parallel as many run as the limit allows, and never more`(limit: Int) async throws {
    let meeting = Meeting(of: limit)
    let group = try GroupUnderTest(
      ["a", "b", "c", "d", "e"], before: { _ in [Meet(meeting: meeting)] })
    let report = try await group.run([.inParallel(group.members, limit: limit)])
    #expect(report.exitCode == 0 && group.log.most == limit && group.violations.isEmpty)
  }

  @Test func `in parallel a failure undoes what is its own, and the others continue`() async throws
  {
    let group = try GroupUnderTest(["a", "b", "c", "d"], after: { $0 == "a" ? Self.fails : [] })
    let report = try await group.run([
      .inParallel(Array(group.members.dropLast()), limit: 2), .alone(group.members[3]),
    ])
    #expect(report.members.map(\.fate) == [.failed, .done, .done, .notStarted])
    #expect(report.members[0].run?.outcome == .rolledBack && report.exitCode == 3)
    #expect(group.serving == [.blue, .green, .green, .blue] && group.violations.isEmpty)
  }

  @Test func `in an atomic group a failure rolls back what was done, the last one first`()
    async throws
  {
    let group = try GroupUnderTest(["a", "b", "c", "d"], before: { $0 == "c" ? Self.fails : [] })
    try await expect(group, [.atomically(group.members)])
  }

  @Test func `in a parallel atomic group a failure cancels and undoes the others`() async throws {
    let meeting = Meeting(of: 2)
    let group = try GroupUnderTest(["a", "b"]) { name in
      [Meet(meeting: meeting), name == "a" ? Tell { throw Trouble() } : Tell.forever]
    }
    let report = try await group.run([.atomically(group.members, limit: 2)])
    #expect(report.members.map(\.fate) == [.failed, .cancelled])
    #expect(report.cause == "a" && report.exitCode == 1)
    #expect(group.serving == [.blue, .blue] && group.violations.isEmpty)
    #expect(!group.host("b").isRunning("b-green"))
  }

  @Test func `a deploy lock that was set meanwhile does not prevent the rollback`() async throws {
    let folder = try TemporaryFolder()
    let freeze = Tell {
      _ = try StateFolder.prepare(at: folder.path, application: "a").lock.freeze(reason: "audit")
      throw Trouble()
    }
    let group = try GroupUnderTest(
      ["a", "b"], options: RunOptions(stateFolder: folder.path),
      before: { $0 == "b" ? [freeze] : [] })
    try await expect(group, [.atomically(group.members)])
  }

  /// A group whose second member fails, and before whose first operation something happens.
  private func group(
    beforeSecond body: @escaping @Sendable (GroupUnderTest) async -> Void
  ) throws -> GroupUnderTest {
    let group = try GroupUnderTest(["a", "b"], before: { $0 == "b" ? Self.fails : [] })
    group.host("b").beforeEach(.operation(1)) { _ in await body(group) }
    return group
  }

  @Test func `a member that cannot be rolled back is reported, and needs a person`() async throws {
    let group = try self.group { group in
      group.host("a").change { $0.behavior(of: "a-blue", .crashingAtBoot()) }
    }
    try await expect(group, [.atomically(group.members)])
  }

  @Test func `a member that another run has deployed since is left alone`() async throws {
    let group = try self.group { group in
      let first = group.members[0]
      _ = await first.runner.deploy(first.graph) { _ in }
    }
    try await expect(group, [.atomically(group.members)])
  }

  @Test(arguments: ["without rollback", "dry run"])
  func `without a rollback, or in a dry run, what was done stays`(name: String) async throws {
    let options = RunOptions(isDryRun: name == "dry run", rollsBack: name == "dry run")
    let group = try GroupUnderTest(
      ["a", "b"], options: options, before: { $0 == "b" && !options.isDryRun ? Self.fails : [] })
    if options.isDryRun { group.host("b").change { $0.stop("nginx-proxy") } }
    try await expect(group, [.atomically(group.members)], name)
  }

  @Test func `an interruption undoes what runs, rolls an atomic group back, and starts no more`()
    async throws
  {
    let begun = Meeting(of: 2)
    let group = try GroupUnderTest(["a", "b", "c"]) { name in
      name == "b" ? [Meet(meeting: begun), Tell.forever] : []
    }
    let run = Task {
      try await group.run([.atomically(Array(group.members.dropLast())), .alone(group.members[2])])
    }
    await begun.join()
    run.cancel()
    let report = try await run.value
    try hold(group, report)
    #expect(report.isInterrupted && report.exitCode(afterSignal: 15) == 143)
  }
}
