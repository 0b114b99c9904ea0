import DeployDSL
import Testing

@testable import DeployRunner

@Suite("A service that is run once")
struct JobTests {
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
    return SimulatedHost(for: plan) { $0.addServices(forJobsOf: graph) }
  }

  private func run(
    _ plan: Deploy, _ host: SimulatedHost, _ options: RunOptions = RunOptions()
  ) async throws -> RunReport {
    try await Deployer(executor: .mock(host), options: options).run(plan)
  }

  private func jobs(_ host: SimulatedHost) -> [SimulatedContainer] {
    host.world.containers.filter { $0.job != nil }
  }

  private func starts(_ host: SimulatedHost) -> Int {
    host.commands.count { $0.contains("compose run ") }
  }

  @Test func `it runs in the target's version before Up, and leaves no container`() async throws {
    let plan = Self.plan()
    let host = try Self.host(plan)
    let report = try await run(plan, host)
    #expect(report.outcome == .succeeded, "\(report)")
    let commands = host.commands
    let job = try #require(commands.firstIndex(of: Self.command), "\(commands)")
    let up = try #require(commands.firstIndex { $0.contains(" up ") })
    #expect(job < up)
    #expect(commands.contains("docker rm --volumes shop-migrate-job-1"))
    #expect(jobs(host).isEmpty)
  }

  @Test func `a dry run shows it and starts nothing`() async throws {
    let plan = Self.plan(Job("migrate", "bin/migrate", "up"))
    let host = try Self.host(plan)
    let rehearsal = try await plan.rehearse(on: host, options: RunOptions(isDryRun: true))
    #expect(rehearsal.changes.contains(Self.command + " bin/migrate up"), "\(rehearsal.changes)")
    #expect(starts(host) == 0)
  }

  @Test func `its exit code fails the run, whatever its words remind of`() async throws {
    let plan = Self.plan()
    let host = try Self.host(plan)
    host.onExec(in: "migrate") { _ in
      CommandResult(status: 3, errors: "begin\nTemporary failure in name resolution\n")
    }
    let report = try await run(plan, host)
    #expect(report.outcome == .failed && host.serving == .blue, "\(report)")
    #expect(
      report.failure?.message
        == "cannot run the job migrate: `docker compose run migrate` ended with 3: "
        + "Temporary failure in name resolution")
    #expect(jobs(host).isEmpty && !host.isRunning("shop-green"))
  }

  @Test func `what docker says when it cannot be started is docker's`() async throws {
    let plan = Self.plan()
    let host = try Self.host(plan)
    host.change { $0.removeImage("migrate:latest") }
    let report = try await run(plan, host)
    #expect(
      report.failure?.message
        == "cannot run the job migrate: its image is not available locally and cannot be pulled")
  }

  @Test func `a service that the project lacks is refused before anything begins`() async throws {
    let plan = Self.plan(Job("migrat"))
    let host = SimulatedHost(for: plan) { $0.service("migrate") { _ in } }
    let report = try await run(plan, host)
    #expect(report.exitCode == 2, "\(report)")
    #expect(
      report.failure?.description
        == "the Compose project \"shop\" has no service \"migrat\"; did you mean Job(\"migrate\")?")
  }

  @Test func `when its time is up its container is stopped and removed`() async throws {
    let plan = Self.plan(Job("migrate").timeout(5))
    let host = try Self.host(plan)
    host.change { $0.service("migrate") { $0.bootTime = .seconds(900) } }
    let report = try await run(plan, host)
    #expect(report.failure?.code == .timeout, "\(report)")
    #expect(host.commands.contains("docker stop -t 10 shop-migrate-job-1"), "\(host.commands)")
    #expect(jobs(host).isEmpty && starts(host) == 1)
  }

  @Test func `a job that cannot be stopped is not started again`() async throws {
    let plan = Self.plan(Job("migrate").timeout(perAttempt: 5).retry(3))
    let host = try Self.host(plan)
    host.change { $0.service("migrate") { $0.bootTime = .seconds(900) } }
    host.fail(.command(containing: "stop", "-t", "10", "shop-migrate-job-1"))
    let report = try await run(plan, host)
    #expect(report.failure?.code == .stillRunning, "\(report)")
    #expect(
      report.failure?.fix
        == "end it: `docker rm --force shop-migrate-job-1`, then run the plan again")
    #expect(starts(host) == 1 && jobs(host).count == 1)
    // Nor by the next run.
    let next = try await run(plan, host)
    #expect(next.failure?.code == .stillRunning, "\(next)")
    #expect(next.failure?.fix?.contains("docker stop shop-migrate-job-1") == true)
    #expect(starts(host) == 1)
  }

  @Test func `a client that fails is no job that fails`() async throws {
    let plan = Self.plan()
    let host = try Self.host(plan)
    host.fail(.command(containing: "compose", "run"), .reportingFailureButDone)
    #expect(try await run(plan, host).outcome == .succeeded)
    #expect(starts(host) == 1)
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
    let report = try await self.run(
      plan, host, RunOptions(resume: .goOn, stateFolder: folder.path))
    return (report, host)
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
  func `where nobody knows how it ended only a repeatable one is run again`(
    isRepeatable: Bool
  ) async throws {
    let plan = Self.plan(Job("migrate", repeatable: isRepeatable))
    let (report, host) = try await resumed(plan) { _, _ in }
    #expect(starts(host) == (isRepeatable ? 1 : 0), "\(report)")
    #expect(report.failure?.code == (isRepeatable ? nil : .interference))
    #expect(report.failure?.fix?.contains("repeatable: true") != isRepeatable)
  }

  @Test func `a version that nobody can know is refused`() throws {
    let plan = Deploy("shop") {
      DetectActive()
      Job("migrate")
      When(.target(is: .green)) {
        Up(.target, environment: ["TAG": "2"])
      } otherwise: {
        Up(.target, environment: ["TAG": "3"])
      }
    }
    let error = #expect(throws: PlanError.self) { try plan.graph() }
    #expect(
      error?.diagnostics.map(\.problem) == [
        "Job migrate cannot know TAG: steps of different branches set it to different values"
      ])
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
