import DeployDSL
import DeployRunner
import Testing

@Suite("Watch and Drain") struct AfterSwitchTests {
  private func plan(_ steps: any Step...) -> Deploy {
    Deploy("grafana", port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Steps(steps)
      Stop(.previous)
    }
  }

  private func run(_ plan: Deploy, _ host: SimulatedHost, dry: Bool = false) async throws
    -> RunReport
  {
    let options = RunOptions(isDryRun: dry)
    return try await Deployer(executor: .mock(host), options: options).run(plan)
  }

  @Test("Watch keeps the previous colour running, and asks through the proxy")
  func watches() async throws {
    let plan = plan(Watch(for: 10, every: 2))
    let host = SimulatedHost(for: plan.application)
    let report = try await run(plan, host)
    #expect(report.outcome == .succeeded, "\(report)")
    let watch = try #require(report.nodes.first { $0.name == "Watch 10 s" })
    #expect(watch.summary == "5 answers through the proxy in 10 s")
    #expect(!host.isRunning("grafana-blue") && host.serving == .green)
  }

  @Test("a version that turns bad after the switch is switched back without restarting anything")
  func turnsBad() async throws {
    let plan = plan(Watch(for: 20, every: 1, failures: 3, of: 5))
    let host = SimulatedHost(for: plan.application)
    let blue = try #require(host.world.container(of: "grafana-blue")).startedAt
    host.at(.seconds(6)) { $0.behavior(of: "grafana-green", .unhealthy(status: 500)) }
    let report = try await run(plan, host)
    #expect(report.outcome == .rolledBack && report.exitCode == 3, "\(report)")
    #expect(report.failure?.message.contains("3 of 5 answers through the proxy were bad") == true)
    #expect(report.failure?.message.contains("the last one was HTTP 500") == true)
    #expect(host.serving == .blue)
    #expect(host.world.container(of: "grafana-blue")?.startedAt == blue)
    #expect(host.violations.isEmpty)
  }

  @Test("fewer bad answers than allowed, or spread out, switch nothing back")
  func tolerates() async throws {
    let plan = plan(Watch(for: 20, every: 1, failures: 3, of: 5))
    let host = SimulatedHost(for: plan.application)
    for start in [5, 12] {
      host.at(.seconds(start)) { $0.behavior(of: "grafana-green", .unhealthy(status: 500)) }
      host.at(.milliseconds(start * 1000 + 1900)) { $0.behavior(of: "grafana-green", .healthy) }
    }
    #expect(try await run(plan, host).outcome == .succeeded)
  }

  @Test("a target that dies while it is watched is switched back at once")
  func dies() async throws {
    let plan = plan(Watch(for: 60, every: 1, failures: 50, of: 50))
    let host = SimulatedHost(for: plan.application) {
      $0.service("grafana-green") { $0.restart = .no }
    }
    host.at(.seconds(8)) { $0.crash("grafana-green", exitCode: 3) }
    let report = try await run(plan, host)
    #expect(report.outcome == .rolledBack, "\(report)")
    #expect(report.failure?.message.contains("exited with code 3") == true)
    #expect(report.duration < .seconds(20))
    #expect(host.serving == .blue)
  }

  @Test("what the watched answers must hold is the plan's to say")
  func expectations() async throws {
    let plan = plan(Watch(for: 3, "/version", body: "no such text", failures: 1))
    let host = SimulatedHost(for: plan.application)
    let report = try await run(plan, host)
    #expect(report.outcome == .rolledBack)
    #expect(report.failure?.message.contains("without \"no such text\" in the body") == true)
    #expect(
      host.operations.contains { "\($0.operation.request)".hasSuffix("/version") })
  }

  @Test("a dry run says what would be asked, and how often")
  func dry() async throws {
    let plan = plan(Watch(for: 10), Drain())
    let host = SimulatedHost(for: plan.application)
    let runner = Deployer(executor: .mock(host), options: RunOptions(isDryRun: true))
    let run = try runner.start(plan)
    var lines: [String] = []
    for await event in run.events {
      switch event.kind {
      case .note(let text): lines.append(text)
      case .operation(let record): lines.append(record.text)
      default: break
      }
    }
    #expect(
      lines.contains("probed every 1 s for 10 s; 3 bad answers of 10 switch back"), "\(lines)")
    #expect(host.timeline.isEmpty)
  }

  @Test("Drain waits for requests in flight, and says what is left at its deadline")
  func drains() async throws {
    let plan = plan(Drain(upTo: 5))
    let host = SimulatedHost(for: plan.application)
    host.change { $0.openRequest("a download", lasting: .seconds(30)) }
    let report = try await run(plan, host)
    #expect(report.outcome == .cleanupIncomplete && report.exitCode == 7, "\(report)")
    #expect(host.isRunning("grafana-blue") && host.serving == .green)
    #expect(host.world.cutRequests.isEmpty)
    #expect(report.warnings.contains { $0.contains("5 s after it; grafana-blue is kept running") })
  }

  @Test("Drain can cut what is left")
  func cuts() async throws {
    let plan = plan(Drain(upTo: 5, atDeadline: .cut))
    let host = SimulatedHost(for: plan.application)
    host.change { $0.openRequest("a socket", lasting: .seconds(300)) }
    let report = try await run(plan, host)
    #expect(report.outcome == .succeeded)
    #expect(!host.isRunning("grafana-blue"))
    #expect(report.warnings.contains { $0.contains("stopping grafana-blue cuts them") })
  }

  @Test("a plan without Drain drains before it stops the previous colour")
  func implied() async throws {
    let plan = plan()
    let host = SimulatedHost(for: plan.application)
    host.change { $0.openRequest("a download", lasting: .seconds(12)) }
    let report = try await run(plan, host)
    #expect(report.outcome == .succeeded && host.world.cutRequests.isEmpty, "\(report)")
  }
}
