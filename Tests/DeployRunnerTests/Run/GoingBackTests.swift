import DeployDSL
import DeployRunner
import Testing

/// A rollback goes to what is healthy, and to nothing else.
@Suite("Going back") struct GoingBackTests {
  private let application = Deploy("app") { DetectActive() }.application

  /// A plan that fails after the switch, once something has happened to the host.
  private func plan(
    _ host: SimulatedHost, _ change: @escaping @Sendable (inout SimulatedState) -> Void
  ) -> Deploy {
    Deploy("app") {
      DetectActive()
      Up(.target)
      Health(retries: 3, every: 1)
      SwapNginx()
      Reload()
      Meddle(host: host, change: change)
      Stop(.previous)
    }
  }

  static let illnesses: [@Sendable (inout SimulatedState) -> Void] = [
    { $0.behavior(of: "app-blue", .unhealthy(status: 500)) },
    { $0.pause("app-blue") },
    { $0.behavior(of: "app-blue", .deaf) },
    { $0.remove("app-blue") },
    { world in
      world.behavior(of: "app-blue", .crashing(after: .milliseconds(10), exitCode: 1, log: ["no"]))
      world.crash("app-blue")
    },
  ]

  @Test(arguments: illnesses.indices)
  func `a healthy target is not left for a previous version that is not`(index: Int) async throws {
    let host = SimulatedHost(for: application)
    let report = try await Deployer(executor: .mock(host))
      .run(plan(host, Self.illnesses[index]))
    #expect(report.exitCode == 4 && report.serving == .green, "\(report)")
    #expect(host.serving == .green && host.loadedColor == .green && host.fileColor == .green)
    #expect(host.isRunning("app-green") && host.world.outages.isEmpty, "\(host.world.outages)")
    let failure = try #require(report.undone.last?.failure)
    #expect(failure.message.hasPrefix("app-blue cannot serve again: "), "\(failure)")
    #expect(failure.message.hasSuffix(": app-green, which is healthy, still serves"), "\(failure)")
    #expect(failure.fix?.contains("`bgrun resume PLAN --undo`") == true, "\(failure)")
  }

  @Test func `once it is healthy again a resume goes back to it`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = plan(host) { $0.behavior(of: "app-blue", .unhealthy) }
    let stayed = try await Deployer.onRecord(host, folder).run(plan)
    #expect(stayed.exitCode == 4 && stayed.isInterrupted && stayed.serving == .green, "\(stayed)")
    host.change { $0.behavior(of: "app-blue", .healthy) }
    let report = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(plan)
    #expect(report.outcome == .undone && host.serving == .blue, "\(report)")
    #expect(!host.isRunning("app-green") && host.violations.isEmpty)
  }

  @Test func `where neither is healthy it goes back to what was before`() async throws {
    let host = SimulatedHost(for: application)
    let report = try await Deployer(executor: .mock(host)).run(
      plan(host) { world in
        world.behavior(of: "app-blue", .unhealthy)
        world.behavior(of: "app-green", .unhealthy)
      })
    #expect(host.loadedColor == .blue && report.exitCode == 4, "\(report)")
    #expect(
      report.warnings.contains { $0.contains("and neither is app-green: rolling back") },
      "\(report.warnings)")
  }

  @Test func `a way back whose proof fails ends at the healthy target again`() async throws {
    let host = SimulatedHost(for: application)
    let plan = plan(host) { _ in }
    // Blue turns ill between its gate and the proof.
    host.beforeEach { run in
      guard run.description.hasSuffix("nginx -s reload"), host.loadedColor == .green else { return }
      host.change { $0.behavior(of: "app-blue", .unhealthy(status: 502)) }
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 4 && report.serving == .green, "\(report)")
    #expect(host.serving == .green && host.fileColor == .green && host.isRunning("app-green"))
    let failure = try #require(report.undone.last?.failure)
    #expect(
      failure.message.hasPrefix("the proxy was switched to app-green again, which is healthy"))
  }

  @Test func `the previous version must not show what the new one shows`() async throws {
    let host = SimulatedHost(for: application)
    host.change { $0.service("app-green") { $0.image = "app:2.0" } }
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health(.target, .http(body: "2.0"), retries: 3)
      SwapNginx()
      Reload()
      Meddle(host: host) { _ in }
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 3 && host.serving == .blue, "\(report)")
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
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      if hasSwitched {
        SwapNginx()
        Reload()
      }
      away
      if hasSwitched { Stop(.previous) }
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == (hasSwitched ? 3 : 1) && report.serving == .blue, "\(report)")
    #expect(host.loadedColor == .blue && host.fileColor == .blue)
    #expect(!host.isRunning("app-green"))
    try await host.clock.sleep(until: host.clock.now.advanced(by: .seconds(5)))
    #expect(host.serving == .blue)
  }

  @Test func `an engine that is away for long is not said to serve anything`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = plan(host) { $0.takeEngineAway(for: .seconds(600)) }
    let report = try await Deployer.onRecord(host, folder).run(plan)
    #expect(report.exitCode == 4 && report.serving == nil && report.isInterrupted, "\(report)")
    let again = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(plan)
    #expect(again.exitCode == 4 && again.isInterrupted, "\(again)")
    try await host.clock.sleep(until: host.clock.now.advanced(by: .seconds(500)))
    let third = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(plan)
    #expect(third.outcome == .undone && host.serving == .blue, "\(third)")
  }

  @Test func `a resume that finds the engine away waits for it, too`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = plan(host) { _ in }
    let left = try await Deployer.onRecord(host, folder) { $0.rollsBack = false }.run(plan)
    #expect(left.isInterrupted)
    host.change { $0.takeEngineAway(for: .seconds(3)) }
    let report = try await Deployer.onRecord(host, folder) { $0.resume = .undo }.run(plan)
    #expect(report.outcome == .undone && host.serving == .blue, "\(report)")
  }

  // MARK: Interrupted

  @Test(arguments: ["Watch", "Drain", "smoke"])
  func `an interruption after the switch goes back while nothing has been stopped`(
    step: String
  ) async throws {
    let host = SimulatedHost(for: application)
    host.at(.seconds(2)) { $0.openRequest("a download", lasting: .seconds(60)) }
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      if step == "Watch" { Watch(for: 10) }
      if step == "Drain" { Drain() }
      if step == "smoke" { Run("smoke") }
      Stop(.previous)
    }
    // The second look of each; of the proxy's processes there have been more by then.
    let words = ["Watch": "GET http://127.0.0.1", "Drain": "docker top", "smoke": "smoke"][step]
    let seen = Collected<Bool>()
    let run = try Deployer(executor: .mock(host)).start(plan)
    host.beforeEach { operation in
      guard host.loadedColor == .green, operation.description.contains(words ?? "") else { return }
      seen.add(true)
      if seen.all.count == (step == "smoke" ? 1 : 4) { run.cancel() }
    }
    let report = await run.report()
    #expect(report.outcome == .cancelled && report.exitCode == 130, "\(report)")
    #expect(report.serving == .blue && host.serving == .blue, "\(report)")
    #expect(report.undone.map(\.what) == ["switch back to blue", "stop app-green"])
    #expect(!host.isRunning("app-green") && host.violations.isEmpty)
    #expect(!report.isInterrupted && host.world.outages.isEmpty)
  }
}
