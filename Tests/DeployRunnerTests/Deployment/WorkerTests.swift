import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Services that switch together.
@Suite struct WorkerTests {
  private static func plan(_ workers: [Worker] = ["worker", "mailer"]) -> Deploy {
    .standard("shop", workers: workers, health: "/up")
  }

  @Test func `all services of a colour are started, checked, stopped and rolled back together`()
    async throws
  {
    let deploy = try await expectEnd("Workers", of: Self.plan())
    #expect(
      deploy.report.nodes.contains {
        $0.summary == "shop-green is healthy: HTTP 200, worker-green is healthy: it keeps running, "
          + "mailer-green is healthy: it keeps running"
      })
    let back = try Deployer.rollback(of: Self.plan().graph())
    try expectGolden(
      "Workers.txt", await back.rehearse(on: deploy.host).report.told(on: deploy.host), "rollback")
  }

  @Test(
    arguments: [
      SimulatedService.Behavior.crashingAtBoot(),
      .crashing(after: .milliseconds(2500), exitCode: 9, log: ["no queue"]),
    ])
  func `a worker that is not healthy fails the health check, and everything is undone`(
    behavior: SimulatedService.Behavior
  ) async throws {
    let host = SimulatedHost(for: Self.plan()) { $0.behavior(of: "worker-green", behavior) }
    let name = behavior == .crashingAtBoot() ? "at boot" : "later"
    try await expectEnd("Workers", of: Self.plan(), on: host, RunOptions(), name)
  }

  @Test func `a worker that dies after its health check causes a rollback`() async throws {
    let plan = Deploy.standard("shop", workers: ["worker"], after: { Watch(for: 30) })
    let host = SimulatedHost(for: plan) { $0.service("worker-green") { $0.restart = .no } }
    host.at(.seconds(15)) { $0.crash("worker-green", exitCode: 9) }
    try await expectEnd("Workers", of: plan, on: host)
  }

  @Test func `Docker's own health status is a worker's health check where it has one`()
    async throws
  {
    let host = SimulatedHost(for: Self.plan()) {
      $0.service("worker-green") { $0.healthcheck = .init(interval: .seconds(2)) }
    }
    let report = try await Self.plan().rehearse(on: host).report
    #expect(report.nodes.contains { $0.summary.contains("worker-green is healthy: Docker says") })
  }

  @Test func `status shows every service, and a dead worker is not healthy`() async throws {
    let host = SimulatedHost(for: Self.plan())
    let runner = Deployer(executor: .mock(host))
    let status = try await runner.status(of: Self.plan().application)
    #expect(
      status.services.map(\.service).prefix(3) == ["shop-blue", "worker-blue", "mailer-blue"])
    #expect(status.isHealthy)
    host.change { $0.stop("mailer-blue") }
    #expect(try await !runner.status(of: Self.plan().application).isHealthy)
  }

  @Test(arguments: ["workr", "postgresql"])
  func `a worker that the Compose file does not have is named with its nearest`(
    name: String
  ) async throws {
    let host = SimulatedHost(for: Self.plan())
    try await expectEnd(
      "Workers", of: Self.plan([Worker(stringLiteral: name)]), on: host, RunOptions(), name)
  }

  @Test func `status changes nothing, even where a deploy would reload the proxy first`()
    async throws
  {
    let host = SimulatedHost(for: Self.plan())
    host.change {
      $0.stop("shop-blue")
      $0.run("shop-blue")
    }
    _ = try await Deployer(executor: .mock(host)).status(of: Self.plan().application)
    #expect(!host.operations.contains { $0.operation.effect == .change })
    let report = try await Self.plan().rehearse(on: host).report
    #expect(report.outcome == .succeeded)
    #expect(host.commands.count { $0.hasSuffix("nginx -s reload") } == 2)
  }
}
