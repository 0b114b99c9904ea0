import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// A rollback goes to what is healthy, and to nothing else.
@Suite struct GoingBackTests {
  private let application = Deploy("app") { DetectActive() }.application

  /// A plan that fails after the switch, once something has happened to the host.
  private func plan(
    _ host: SimulatedHost, _ change: @escaping @Sendable (inout SimulatedState) -> Void = { _ in }
  ) -> Deploy {
    .standard(
      gate: Health(retries: 3, every: 1), after: { Meddle(host: host, change: change) })
  }

  private static let illnesses: [(String, @Sendable (inout SimulatedState) -> Void)] = [
    ("unhealthy", { $0.behavior(of: "app-blue", .unhealthy(status: 500)) }),
    ("paused", { $0.pause("app-blue") }), ("deaf", { $0.behavior(of: "app-blue", .deaf) }),
    ("removed", { $0.remove("app-blue") }),
    (
      "crashing",
      { world in
        world.behavior(
          of: "app-blue", .crashing(after: .milliseconds(10), exitCode: 1, log: ["no"]))
        world.crash("app-blue")
      }
    ),
    (
      "neither is healthy",
      { world in
        world.behavior(of: "app-blue", .unhealthy)
        world.behavior(of: "app-green", .unhealthy)
      }
    ),
  ]

  @Test(arguments: illnesses.indices)
  func `a healthy target is not left for a previous version that is not`(index: Int) async throws {
    let (name, change) = Self.illnesses[index]
    let host = SimulatedHost(for: application)
    try await expectEnd("Rollback", of: plan(host, change), on: host, RunOptions(), name)
  }

  @Test func `once the previous version is healthy again a resume goes back to it`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = plan(host) { $0.behavior(of: "app-blue", .unhealthy) }
    let stayed = try await Deployer.onRecord(host, folder).run(plan)
    #expect(stayed.exitCode == 4 && stayed.isInterrupted && stayed.serving == .green, "\(stayed)")
    host.change { $0.behavior(of: "app-blue", .healthy) }
    let options = RunOptions(resume: .undo, stateFolder: folder.stateFolder)
    try await expectEnd("Rollback", of: plan, on: host, options)
  }

  @Test func `a rollback whose proof fails ends at the healthy target again`() async throws {
    let host = SimulatedHost(for: application)
    // Blue turns ill between its health check and the proof.
    host.beforeEach(.command(containing: "nginx -s reload").onAttempt(2)) { _ in
      host.change { $0.behavior(of: "app-blue", .unhealthy(status: 502)) }
    }
    try await expectEnd("Rollback", of: plan(host), on: host)
  }

  @Test func `the previous version need not show what the new one shows`() async throws {
    let host = SimulatedHost(for: application) {
      $0.service("app-green") { $0.image = "app:2.0" }
    }
    let plan = Deploy.standard(
      gate: Health(.target, .http(body: "2.0"), retries: 3), after: { Meddle(host: host) { _ in } })
    try await expectEnd("Rollback", of: plan, on: host)
  }

  // MARK: An engine that is away

  @Test(arguments: [false, true], [false, true])
  func `an engine that is away for some seconds is waited for`(
    hasSwitched: Bool, endsContainers: Bool
  ) async throws {
    let host = SimulatedHost(for: application)
    let away = Meddle(host: host) {
      $0.takeEngineAway(for: .seconds(3), endingContainers: endsContainers)
    }
    let plan = Deploy.standard {
      if !hasSwitched { away }
    } after: {
      if hasSwitched { away }
    }
    let report = try await plan.rehearse(on: host).report
    #expect(report.exitCode == (hasSwitched ? 3 : 1) && report.serving == .blue, "\(report)")
    #expect(host.loadedColor == .blue && host.fileColor == .blue)
    #expect(!host.isRunning("app-green"))
    try await host.clock.sleep(for: .seconds(5))
    #expect(host.serving == .blue)
  }

  @Test func `an engine that is away for long is not said to serve anything`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = plan(host) { $0.takeEngineAway(for: .seconds(600)) }
    let report = try await Deployer.onRecord(host, folder).run(plan)
    #expect(report.exitCode == 4 && report.serving == nil && report.isInterrupted, "\(report)")
    let again = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(plan)
    #expect(again.exitCode == 4 && again.isInterrupted, "\(again)")
    try await host.clock.sleep(for: .seconds(500))
    let third = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(plan)
    #expect(third.outcome == .undone && host.serving == .blue, "\(third)")
  }

  @Test func `a resumed run waits for the engine, too`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = plan(host)
    #expect(
      try await Deployer.onRecord(host, folder) { $0.rollsBack = false }.run(plan).isInterrupted)
    host.change { $0.takeEngineAway(for: .seconds(3)) }
    let report = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(plan)
    #expect(report.outcome == .undone && host.serving == .blue, "\(report)")
  }

  // MARK: Interrupted

  /// A step after the switch, and its second look.
  private static let looks: [(any Step, OperationPattern)] = [
    (Watch(for: 10), .probe(containing: "127.0.0.1")),
    (Drain(), .command(containing: "docker top")), (Run("smoke"), .command(containing: "smoke")),
  ]

  @Test(arguments: looks.indices)
  func `an interruption after the switch rolls back while nothing has been stopped`(
    index: Int
  ) async throws {
    let (step, look) = Self.looks[index]
    let plan = Deploy.standard(after: { step })
    let host = SimulatedHost(for: application)
    host.at(.seconds(2)) { $0.openRequest("a download", lasting: .seconds(60)) }
    let (interrupter, seen) = (Interrupter(), Collected<Bool>())
    host.beforeEach(look) { _ in
      guard host.loadedColor == .green else { return }
      seen.add(true)
      // Of the proxy's processes there have been more looks by then.
      if seen.all.count == (step is Run ? 1 : 4) { await interrupter.cancel() }
    }
    let report = await (try plan.graph()).rehearse(on: host, RunOptions(), interrupter).report
    try expectGolden("Rollback.txt", report.told(on: host), "\(index)")
    #expect(host.world.outages.isEmpty)
  }
}
