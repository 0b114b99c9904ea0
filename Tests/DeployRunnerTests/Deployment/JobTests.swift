import BgrunTestSupport
import DeployDSL
import Testing

@testable import DeployRunner
@testable import DeploySimulator

/// A service that is run once.
@Suite struct JobTests {
  private static let command =
    "TAG=2 docker compose run --no-deps -T --interactive=false --name shop-migrate-job-1 "
    + "--label bgrun.job=-/1 migrate"

  private static func plan(_ job: any Step = Job("migrate")) -> Deploy {
    Deploy("shop", environment: ["TAG": "2"]) {
      DetectActive()
      Steps([job])
      Up(.target)
      Health()
      SwapNginx()
      Reload()
    }
  }

  private static func host(_ plan: Deploy) throws -> SimulatedHost {
    let graph = try plan.graph()
    return SimulatedHost(for: plan) { $0.addParts(of: graph) }
  }

  private func jobs(_ host: SimulatedHost) -> [SimulatedContainer] {
    host.world.containers.filter { $0.job != nil }
  }

  private func starts(_ host: SimulatedHost) -> Int {
    host.commands.count { $0.contains("compose run ") }
  }

  @Test func `it runs in the target's version before Up, and leaves no container`() async throws {
    let run = try await expectEnd("Jobs", of: Self.plan())
    let job = try #require(run.changes.firstIndex(of: Self.command), "\(run.changes)")
    #expect(job < run.changes.firstIndex { $0.contains(" up ") } ?? 0)
    #expect(run.changes.contains("docker rm --volumes shop-migrate-job-1"))
    #expect(jobs(run.host).isEmpty)
  }

  @Test func `a dry run shows it and starts nothing`() async throws {
    let plan = Self.plan(Job("migrate", "bin/migrate", "up"))
    let host = try Self.host(plan)
    let rehearsal = try await plan.rehearse(on: host, options: RunOptions(isDryRun: true))
    #expect(rehearsal.changes.contains(Self.command + " bin/migrate up"), "\(rehearsal.changes)")
    #expect(starts(host) == 0)
  }

  private static let faults: [(String, any Step, @Sendable (SimulatedHost) -> Void, starts: Int)] =
    [
      (
        "its exit code, whatever its words remind of", Job("migrate"),
        { host in
          host.onExec(in: "migrate") { _ in
            CommandResult(status: 3, errors: "begin\nTemporary failure in name resolution\n")
          }
        }, 1
      ),
      (
        "what docker says when it cannot be started", Job("migrate"),
        { $0.change { $0.removeImage("migrate:latest") } }, 1
      ),
      ("its time is up", Job("migrate").timeout(5), slow, 1),
      (
        "its client fails", Job("migrate"),
        { $0.fail(.command(containing: "compose", "run"), .reportingFailureButDone) }, 1
      ),
    ]

  private static let slow: @Sendable (SimulatedHost) -> Void = { host in
    host.change { $0.service("migrate") { $0.bootTime = .seconds(900) } }
  }

  @Test(arguments: faults.indices) func `a fault of a job is told as what it is`(
    index: Int
  ) async throws {
    let (name, job, prepare, starts) = Self.faults[index]
    let plan = Self.plan(job)
    let host = try Self.host(plan)
    prepare(host)
    try await expectEnd("Jobs", of: plan, on: host, RunOptions(), name)
    #expect(self.starts(host) == starts && jobs(host).isEmpty, "\(host.commands)")
  }

  @Test func `a service that the project lacks is refused before anything begins`() async throws {
    let host = SimulatedHost(for: Self.plan()) { $0.service("migrate") { _ in } }
    let graph = try Self.plan(Job("migrat")).graph()
    // Not rehearsed, which adds the services of jobs.
    let report = await Deployer(executor: .mock(host)).start(graph) { _ in }.report()
    try expectGolden("Jobs.txt", report.told(on: host))
  }

  @Test func `a job that cannot be stopped is not started again, nor by the next run`()
    async throws
  {
    let plan = Self.plan(Job("migrate").timeout(perAttempt: 5).retry(3))
    let host = try Self.host(plan)
    Self.slow(host)
    host.fail(.command(containing: "stop", "-t", "10", "shop-migrate-job-1"))
    for run in ["first", "next"] {
      try await expectEnd("Jobs", of: plan, on: host, RunOptions(), run)
      #expect(starts(host) == 1 && jobs(host).count == 1)
    }
  }

  // MARK: Resumed

  /// A run that died while its job ran, and is resumed.
  private func resumed(
    _ plan: Deploy, _ change: @Sendable (inout SimulatedState, String) -> Void
  ) async throws -> (report: RunReport, host: SimulatedHost) {
    let graph = try plan.graph()
    let folder = try TemporaryFolder()
    let host = try Self.host(plan)
    let run = RunID()
    let state = try StateFolder.prepare(at: folder.path, application: "shop")
    let journal = try state.journal.begin(
      JournalHeader(
        run: run, application: "shop", plan: try PlanFingerprint.of(graph), reason: nil, bgrun: "x",
        steps: graph.nodes.map(\.name)))
    let entries: [JournalEntry] = [
      .nodeStarted(node: 0, name: "DetectActive"), .active(.blue),
      .nodeFinished(node: 0, status: .succeeded, milliseconds: 1, summary: "", failure: nil),
      .nodeStarted(node: 1, name: "Job migrate"),
      .operationStarted(node: 1, text: "docker compose run"),
    ]
    for entry in entries { try journal.append(entry, at: .zero) }
    journal.close()
    host.change { change(&$0, "\(run)/1") }
    let options = RunOptions(resume: .goOn, stateFolder: folder.path)
    return (try await plan.rehearse(on: host, options: options).report, host)
  }

  private static func began(
    _ world: inout SimulatedState, _ owner: String, for time: Duration, exit: Int32 = 0
  ) {
    let service = world.services.first { $0.name == "migrate" }
    guard var service else { return }
    service.bootTime = time
    world.runOnce(
      service, "migrate:latest", "shop-migrate-job-1", owner,
      CommandResult(status: exit, output: "migrated\n"))
  }

  @Test func `one that still runs is waited for, not started again`() async throws {
    let (report, host) = try await resumed(Self.plan()) { Self.began(&$0, $1, for: .seconds(40)) }
    #expect(report.outcome == .succeeded && starts(host) == 0, "\(report)")
    #expect(report.nodes.contains { $0.node == 1 && $0.summary == "migrated" }, "\(report.nodes)")
    #expect(jobs(host).isEmpty)
  }

  @Test(arguments: [0, 5] as [Int32])
  func `one that has ended meanwhile is judged by its exit code`(exit: Int32) async throws {
    let (report, host) = try await resumed(Self.plan()) { world, owner in
      Self.began(&world, owner, for: .zero, exit: exit)
    }
    #expect((report.outcome == .succeeded) == (exit == 0) && starts(host) == 0, "\(report)")
    #expect(jobs(host).isEmpty)
  }

  @Test(arguments: [false, true])
  func `where its end is unknown only a repeatable one is run again`(
    isRepeatable: Bool
  ) async throws {
    let plan = Self.plan(Job("migrate", repeatable: isRepeatable))
    let (report, host) = try await resumed(plan) { _, _ in }
    #expect(starts(host) == (isRepeatable ? 1 : 0), "\(report)")
    #expect(report.failure?.code == (isRepeatable ? nil : .interference))
    #expect(report.failure?.fix?.contains("repeatable: true") != isRepeatable)
  }

  @Test func `every fault of every command leaves the shop up and no job behind`() async throws {
    let plan = Self.plan(Job("migrate").timeout(60))
    try await plan.rehearseEveryFault { rehearsal in
      #expect(rehearsal.host.violations.isEmpty, "\(Rehearsal.circumstances ?? "")")
      let left = rehearsal.host.world.containers.filter { $0.job != nil && $0.hasProcess }
      #expect(left.isEmpty, "\(Rehearsal.circumstances ?? "")\n\(rehearsal.transcript)")
    }
  }
}
