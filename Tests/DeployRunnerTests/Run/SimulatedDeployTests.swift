import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Whole deploys by the real engine on a simulated host: both are tested by it.
struct SimulatedDeployTests {
  private func deploy(_ host: SimulatedHost) async throws -> RunReport {
    try await Deployer(executor: .mock(host)).run(FaultScene.plan)
  }

  @Test(arguments: Color.allCases)
  func `A deploy switches to the other colour without an outage`(live: Color) async throws {
    let host = SimulatedHost(for: FaultScene.application, live: live)
    let report = try await deploy(host)
    #expect(report.outcome == .succeeded, "\(report) \(host.commands)")
    #expect(host.serving == live.other)
    #expect(host.fileColor == live.other)
    #expect(host.violations.isEmpty)
    #expect(!host.isRunning(FaultScene.application.service(live)))
  }

  @Test func `A folder that is mounted is switched by a rename`() async throws {
    let host = SimulatedHost(for: FaultScene.application, mount: .folder)
    let report = try await deploy(host)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.serving == .green)
  }

  @Test func `Ten deploys in a row alternate between the colours`() async throws {
    let host = SimulatedHost(for: FaultScene.application)
    for round in 0..<10 {
      let report = try await deploy(host)
      #expect(report.outcome == .succeeded, "round \(round): \(report)")
    }
    #expect(host.serving == .blue)
    #expect(host.violations.isEmpty)
  }

  @Test func `A site that has no place for the health path any more is found out and taken back`()
    async throws
  {
    let host = SimulatedHost(for: FaultScene.application) {
      $0.write(
        """
        upstream grafana { server grafana-green:3000; }
        server { listen 80; location /metrics { proxy_pass http://grafana; } }
        """, to: "nginx/service_green.conf")
    }
    let report = try await deploy(host)
    #expect(report.outcome == .rolledBack, "\(report)")
    #expect(report.failure?.message.contains("HTTP 404") == true, "\(report)")
    #expect(host.serving == .blue)
  }

  @Test(arguments: [
    SimulatedService.Behavior.unhealthy, .deaf, .crashingAtBoot(),
    .crashing(after: .seconds(1), exitCode: 2, log: ["out of memory"]),
  ])
  func `A target that does not become healthy is never switched to`(
    behavior: SimulatedService.Behavior
  ) async throws {
    let host = SimulatedHost(for: FaultScene.application) {
      $0.behavior(of: "grafana-green", behavior)
    }
    let report = try await deploy(host)
    #expect(report.outcome != .succeeded)
    #expect(host.serving == .blue)
    #expect(host.fileColor == .blue)
    #expect(host.violations.isEmpty)
    // The 30 seconds of the health check are not waited for if the container has ended.
    if case .crashing = behavior { #expect(report.duration < .seconds(20), "\(report)") }
  }

  @Test func `A reload that reports success and changes nothing is found out`() async throws {
    let host = SimulatedHost(for: FaultScene.application) { $0.refusesReloads = true }
    let report = try await deploy(host)
    #expect(report.outcome != .succeeded)
    #expect(host.serving == .blue)
    #expect(host.isRunning("grafana-blue"))
  }

  @Test func `A download in flight ends before its server is stopped`() async throws {
    let host = SimulatedHost(for: FaultScene.application)
    host.change { $0.openRequest("a download of 12 s", lasting: .seconds(12)) }
    let report = try await deploy(host)
    #expect(report.outcome == .succeeded)
    #expect(host.world.cutRequests.isEmpty)
  }

  @Test func `A first deploy finds out that nothing runs`() async throws {
    let host = SimulatedHost(for: FaultScene.application, live: nil)
    let report = try await deploy(host)
    #expect(report.outcome != .succeeded)
    #expect(host.violations.isEmpty)
  }

  @Test func `A dry run changes nothing`() async throws {
    let host = SimulatedHost(for: FaultScene.application)
    let runner = Deployer(executor: .mock(host), options: RunOptions(isDryRun: true))
    _ = try await runner.run(FaultScene.plan)
    #expect(host.timeline.isEmpty)
    #expect(host.operations.allSatisfy { $0.operation.effect == .observe })
  }

  @Test func `Every other name and every kind of step works on the simulated host as well`()
    async throws
  {
    let plan = Deploy(
      "shop", blue: "shop-a", green: "shop-b", compose: "deploy/compose.yml", project: "prod",
      proxy: "edge", site: Site("proxy/site.conf"), port: 8080, health: "/up",
      environment: ["VERSION": "2.0"]
    ) {
      DetectActive()
      Pull(.target)
      Build(.target)
      Run("git", "rev-parse", "HEAD")
      Up(.target)
      Health(via: .proxy)
      Health(.target, .docker)
      Exec(.target, "migrate")
      SwapNginx()
      Reload()
      Stop(.previous)
      Prune(networks: true)
    }
    let host = SimulatedHost(for: plan.application) {
      $0.service("shop-b") {
        $0.healthcheck = .init(interval: .seconds(3))
        $0.hasBuild = true
      }
      $0.addNetwork("left-over")
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.serving == .green)
    #expect(host.world.container(of: "shop-b")?.version == "2.0")
    #expect(host.world.networks.map(\.name) == ["prod_default"])
    #expect(host.violations.isEmpty)
  }
}
