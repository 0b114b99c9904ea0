import DeployDSL
import Testing

@testable import DeployRunner

@Suite("Several applications", .timeLimit(.minutes(10))) struct DeploymentGroupTests {
  private struct Trouble: Error {}
  private let fails: [any Step] = [Tell { throw Trouble() }]

  private func fates(_ report: DeploymentGroupReport) -> [DeploymentGroupReport.Fate] {
    report.members.map(\.fate)
  }

  @Test("alone, they run one after the other, in their order")
  func sequence() async throws {
    let fleet = try FleetUnderTest(["a", "b", "c"])
    let report = try await fleet.run(fleet.members.map { .alone($0) })
    #expect(fates(report) == [.done, .done, .done] && report.exitCode == 0)
    #expect(fleet.log.runs == ["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"])
    #expect(fleet.serving == [.green, .green, .green] && fleet.violations.isEmpty)
  }

  @Test("after a failure nothing more is started, and what was done stays")
  func stops() async throws {
    let fleet = try FleetUnderTest(["a", "b", "c"], before: { $0 == "b" ? fails : [] })
    let report = try await fleet.run(fleet.members.map { .alone($0) })
    #expect(fates(report) == [.done, .failed, .notStarted])
    #expect(report.cause == "b" && report.exitCode == 1)
    #expect(fleet.serving == [.green, .blue, .blue])
    #expect(fleet.hosts[2].operations.isEmpty)
  }

  @Test("side by side as many run as may, and never more", arguments: [1, 2, 3])
  func limit(limit: Int) async throws {
    let meeting = Meeting(of: limit)
    let fleet = try FleetUnderTest(
      ["a", "b", "c", "d", "e"], before: { _ in [Meet(meeting: meeting)] })
    let report = try await fleet.run([.inParallel(fleet.members, limit: limit)])
    #expect(report.exitCode == 0)
    #expect(fleet.log.most == limit)
    #expect(fleet.violations.isEmpty)
  }

  @Test("side by side a failure undoes what is its own, and the others go on")
  func isolation() async throws {
    let fleet = try FleetUnderTest(["a", "b", "c", "d"], after: { $0 == "a" ? fails : [] })
    let report = try await fleet.run([
      .inParallel(Array(fleet.members.dropLast()), limit: 2), .alone(fleet.members[3]),
    ])
    #expect(fates(report) == [.failed, .done, .done, .notStarted])
    #expect(report.members[0].run?.outcome == .rolledBack && report.exitCode == 3)
    #expect(fleet.serving == [.blue, .green, .green, .blue] && fleet.violations.isEmpty)
  }

  @Test("as one, a failure brings back what was done, the last one first")
  func atomic() async throws {
    let fleet = try FleetUnderTest(["a", "b", "c", "d"], before: { $0 == "c" ? fails : [] })
    let report = try await fleet.run([.atomically(fleet.members)])
    #expect(fates(report) == [.broughtBack, .broughtBack, .failed, .notStarted])
    #expect(report.exitCode == 3 && report.cause == "c")
    #expect(
      fleet.log.runs == [
        "begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2", "begin-back 1", "end-back 1",
        "begin-back 0", "end-back 0",
      ])
    #expect(fleet.serving == [.blue, .blue, .blue, .blue] && fleet.violations.isEmpty)
    #expect(!fleet.host("a").isRunning("a-green"))
  }

  @Test("as one and side by side, a failure ends and undoes those that still run")
  func cancelsOthers() async throws {
    let meeting = Meeting(of: 2)
    let fleet = try FleetUnderTest(["a", "b"]) { name in
      let rest: any Step =
        name == "a"
        ? Tell { throw Trouble() }
        : Tell.forever
      return [Meet(meeting: meeting), rest]
    }
    let report = try await fleet.run([.atomically(fleet.members, limit: 2)])
    #expect(fates(report) == [.failed, .cancelled])
    #expect(report.cause == "a" && report.exitCode == 1)
    #expect(fleet.serving == [.blue, .blue] && fleet.violations.isEmpty)
    #expect(!fleet.host("b").isRunning("b-green"))
  }

  @Test("deploys that were forbidden meanwhile do not keep it from being brought back")
  func frozen() async throws {
    let folder = try TemporaryFolder()
    let freeze = Tell {
      _ = try StateFolder.prepare(at: folder.path, application: "a").lock.freeze(reason: "audit")
      throw Trouble()
    }
    let fleet = try FleetUnderTest(
      ["a", "b"], options: RunOptions(stateFolder: folder.path),
      before: { $0 == "b" ? [freeze] : [] })
    let report = try await fleet.run([.atomically(fleet.members)])
    #expect(fates(report) == [.broughtBack, .failed] && report.exitCode == 3, "\(report)")
    #expect(fleet.serving == [.blue, .blue] && fleet.violations.isEmpty)
  }

  @Test("what cannot be brought back is said, and needs a person")
  func notBroughtBack() async throws {
    let fleet = try FleetUnderTest(["a", "b"], before: { $0 == "b" ? fails : [] })
    let host = fleet.host("a")
    let broken = DeploymentGroup.Member(
      fleet.members[1].graph,
      on: Deployer(
        executor: BeforeFirst(fleet.members[1].runner.executor) {
          host.change { $0.behavior(of: "a-blue", .crashingAtBoot()) }
        }))
    let report = try await fleet.run([.atomically([fleet.members[0], broken])])
    #expect(fates(report) == [.notBroughtBack, .failed])
    #expect(report.exitCode == 4)
    #expect(fleet.serving == [.green, .blue] && fleet.violations.isEmpty)
  }

  @Test("what somebody else has deployed since is left alone")
  func superseded() async throws {
    let fleet = try FleetUnderTest(["a", "b"], before: { $0 == "b" ? fails : [] })
    let first = fleet.members[0]
    let second = DeploymentGroup.Member(
      fleet.members[1].graph,
      on: Deployer(
        executor: BeforeFirst(fleet.members[1].runner.executor) {
          _ = try? await first.runner.start(first.graph).report()
        }))
    let report = try await fleet.run([.atomically([first, second])])
    #expect(fates(report) == [.notBroughtBack, .failed])
    guard case .left(let reason) = report.members[0].bringingBack else {
      Issue.record("it was brought back")
      return
    }
    #expect(reason == "another deploy has replaced it since: a-blue is live")
    #expect(!fleet.log.runs.contains("begin-back 0"))
  }

  @Test("without taking back, what was done stays")
  func noRollback() async throws {
    let fleet = try FleetUnderTest(
      ["a", "b"], options: RunOptions(rollsBack: false), before: { $0 == "b" ? fails : [] })
    let report = try await fleet.run([.atomically(fleet.members)])
    #expect(fates(report) == [.done, .failed] && report.exitCode == 1)
    #expect(fleet.serving == [.green, .blue])
  }

  @Test("a dry run brings nothing back")
  func dryRun() async throws {
    let fleet = try FleetUnderTest(["a", "b"], options: RunOptions(isDryRun: true))
    fleet.host("b").change { $0.stop("nginx-proxy") }
    let report = try await fleet.run([.atomically(fleet.members)])
    #expect(fates(report) == [.done, .failed])
    #expect(fleet.log.runs == ["begin 0", "end 0", "begin 1", "end 1"])
  }

  @Test("an interruption undoes what runs, brings back what is one, and starts nothing more")
  func interruption() async throws {
    let begun = Meeting(of: 2)
    let fleet = try FleetUnderTest(["a", "b", "c"]) { name in
      guard name == "b" else { return [] }
      return [
        Meet(meeting: begun), Tell.forever,
      ]
    }
    let run = Task {
      try await fleet.run([.atomically(Array(fleet.members.dropLast())), .alone(fleet.members[2])])
    }
    await begun.join()
    run.cancel()
    let report = try await run.value
    #expect(fates(report) == [.broughtBack, .cancelled, .notStarted])
    #expect(report.isInterrupted && report.cause == nil)
    #expect(report.exitCode == 130 && report.exitCode(afterSignal: 15) == 143)
    #expect(fleet.serving == [.blue, .blue, .blue] && fleet.violations.isEmpty)
  }
}

/// An executor that lets something else happen before its first operation.
private struct BeforeFirst: WrappingExecutor {
  let base: any Executor
  private let first: First

  private actor First {
    private var body: (@Sendable () async -> Void)?

    init(_ body: @escaping @Sendable () async -> Void) { self.body = body }

    func run() async {
      let body = body
      self.body = nil
      await body?()
    }
  }

  init(_ base: any Executor, _ body: @escaping @Sendable () async -> Void) {
    self.base = base
    first = First(body)
  }

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    await first.run()
    return try await base.perform(operation, output: output)
  }
}
