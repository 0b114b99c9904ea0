import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

@Suite("A gate's own program on the simulated host")
struct SimulatedGateTests {
  private let plan = Deploy("app") {
    DetectActive()
    Up(.target)
    Exec(.target, "bin/migrate")
    Health(.target, .command("bin/ready"), retries: 3, every: 1)
    SwapNginx()
    Reload()
  }

  @Test func `it is good as soon as the application is healthy, not before`() async throws {
    let host = SimulatedHost(for: plan.application)
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded && host.violations.isEmpty, "\(report)")
    let health = try #require(report.nodes.first { $0.name.hasPrefix("Health") })
    #expect(health.duration > .seconds(1))
  }

  @Test func `it never is where the application is sick; other programs run all the same`()
    async throws
  {
    let host = SimulatedHost(for: plan.application)
    host.change { $0.behavior(of: "app-green", .unhealthy) }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .failed && report.failure?.code == .unhealthy, "\(report)")
    #expect(report.nodes.contains { $0.name.hasPrefix("Exec") && $0.status == .succeeded })
  }
}
