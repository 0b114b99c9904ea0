import DeployDSL
import DeployRunner
import Testing

@Suite("A gate in a dry run")
struct HealthDryRunTests {
  private let application = Deploy("app") { DetectActive() }.application

  @Test func `a dry run knows that Docker will check, before there is a container`() async throws {
    let host = SimulatedHost(for: application) { world in
      for service in ["app-blue", "app-green"] {
        world.service(service) { one in
          one.healthcheck = SimulatedService.Healthcheck(interval: .seconds(1))
          (one.port, one.publishedPort) = (nil, nil)
        }
      }
    }
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
    }
    let report = try await Deployer(executor: .mock(host), options: RunOptions(isDryRun: true))
      .run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
  }
}
