import DeployDSL
import DeployRunner
import Testing

@Suite("Services that switch together") struct WorkerTests {
  private static let plan = Deploy("shop", workers: ["worker", "mailer"], health: "/up") {
    DetectActive()
    Pull(.target)
    Up(.target)
    Health()
    SwapNginx()
    Reload()
    Stop(.previous)
  }

  private func run(_ host: SimulatedHost, _ plan: Deploy = plan) async throws -> RunReport {
    try await Deployer(executor: .mock(host)).run(plan)
  }

  @Test("all services of a colour are started, gated and stopped together")
  func together() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    let report = try await run(host)
    #expect(report.outcome == .succeeded, "\(report)")
    for service in ["shop", "worker", "mailer"] {
      #expect(host.isRunning("\(service)-green") && !host.isRunning("\(service)-blue"))
    }
    let gate = try #require(report.nodes.first { $0.name == "Health" }).summary
    #expect(
      gate == "shop-green is healthy: HTTP 200, worker-green is healthy: it keeps running, "
        + "mailer-green is healthy: it keeps running")
    #expect(host.violations.isEmpty)
  }

  @Test(
    "a worker that is not healthy keeps the gate shut, and everything is taken back",
    arguments: [
      SimulatedService.Behavior.crashingAtBoot(),
      .crashing(after: .milliseconds(2500), exitCode: 9, log: ["no queue"]),
    ])
  func unhealthy(behavior: SimulatedService.Behavior) async throws {
    let host = SimulatedHost(for: Self.plan.application) {
      $0.behavior(of: "worker-green", behavior)
    }
    let report = try await run(host)
    #expect(report.outcome == .failed && report.exitCode == 1, "\(report)")
    #expect(report.failure?.message.hasPrefix("worker-green is not healthy") == true)
    for service in ["shop", "worker", "mailer"] {
      #expect(host.isRunning("\(service)-blue") && !host.isRunning("\(service)-green"))
    }
    #expect(host.serving == .blue)
  }

  @Test("a worker that dies after its gate takes the switch back")
  func dies() async throws {
    let plan = Deploy("shop", workers: ["worker"], health: "/up") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Watch(for: 30)
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application) {
      $0.service("worker-green") { $0.restart = .no }
    }
    host.at(.seconds(15)) { $0.crash("worker-green", exitCode: 9) }
    let report = try await run(host, plan)
    #expect(report.outcome == .rolledBack, "\(report)")
    #expect(
      report.failure?.message.contains(
        "worker-green passed its health check, but then "
          + "it") == true)
    #expect(host.serving == .blue && host.isRunning("worker-blue"))
    #expect(!host.isRunning("shop-green"))
  }

  @Test("Docker's own health status is a worker's gate where it has one")
  func healthcheck() async throws {
    let host = SimulatedHost(for: Self.plan.application) {
      $0.service("worker-green") { $0.healthcheck = .init(interval: .seconds(2)) }
    }
    let report = try await run(host)
    #expect(report.nodes.contains { $0.summary.contains("worker-green is healthy: Docker says") })
  }

  @Test("a rollback brings all of them back")
  func rollback() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    _ = try await run(host)
    let graph = try Deployer.rollback(of: Self.plan.graph())
    let report = try await Deployer(executor: .mock(host)).start(graph).report()
    #expect(report.outcome == .succeeded, "\(report)")
    for service in ["shop", "worker", "mailer"] {
      #expect(host.isRunning("\(service)-blue") && !host.isRunning("\(service)-green"))
    }
  }

  @Test("status shows every service, and a dead worker is not healthy")
  func status() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    let runner = Deployer(executor: .mock(host))
    let status = try await runner.status(of: Self.plan.application)
    #expect(
      status.services.map(\.service).prefix(3) == ["shop-blue", "worker-blue", "mailer-blue"])
    #expect(status.isHealthy)
    host.change { $0.stop("mailer-blue") }
    #expect(try await !runner.status(of: Self.plan.application).isHealthy)
  }

  @Test("a worker that the Compose file does not have is named with its nearest")
  func unknown() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    let plan = Deploy("shop", workers: ["workr"]) { DetectActive() }
    let report = try await run(host, plan)
    #expect(report.outcome == .invalid)
    #expect(
      report.failure?.description
        == "the Compose project \"shop\" has no service \"workr-blue\"; did you mean "
        + "\"worker-blue\"?"
    )
    // Where nothing is near, the argument is named.
    let other = Deploy("shop", workers: ["postgresql"]) { DetectActive() }
    #expect(
      try await run(host, other).failure?.fix?.hasPrefix(
        "name one with Deploy(…, workers:); it has")
        == true)
  }

  @Test("status changes nothing, even where a deploy would reload the proxy first")
  func onlyLooks() async throws {
    let host = SimulatedHost(for: Self.plan.application)
    host.change {
      $0.stop("shop-blue")
      $0.run("shop-blue")
    }
    _ = try await Deployer(executor: .mock(host)).status(of: Self.plan.application)
    #expect(!host.operations.contains { $0.operation.effect == .change })
    let report = try await run(host)
    #expect(report.outcome == .succeeded)
    #expect(host.commands.filter { $0.hasSuffix("nginx -s reload") }.count == 2)
  }
}
