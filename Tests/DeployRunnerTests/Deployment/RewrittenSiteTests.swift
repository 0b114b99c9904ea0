import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

@Suite("A site file that is rewritten")
struct RewrittenSiteTests {
  private static let path = FaultScene.application.site.file

  /// Runs the usual plan with a step after the switch.
  private func deploy(_ host: SimulatedHost, then step: Tell) async throws -> RunReport {
    let plan = Deploy("grafana", port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      step
    }
    return try await Deployer(executor: .mock(host)).run(plan)
  }

  @Test func `a rollback keeps what others have changed in the file meanwhile`() async throws {
    let host = FaultScene(live: .blue, mount: .folder, hasSources: false).host()
    let before = try #require(host.world.file(Self.path))
    let report = try await deploy(
      host,
      then: Tell {
        host.change { $0.write(($0.file(Self.path) ?? "") + "# others", to: Self.path) }
        throw DeployError(.code, "no")
      })
    #expect(report.outcome == .rolledBack && host.serving == .blue, "\(report)")
    #expect(host.world.file(Self.path) == before + "# others")
  }

  @Test func `a rollback restores the old bytes of a file that no longer says what is active`()
    async throws
  {
    let host = FaultScene(live: .blue, mount: .folder, hasSources: false).host()
    let before = try #require(host.world.file(Self.path))
    _ = try await deploy(
      host,
      then: Tell {
        host.change { $0.write("# empty", to: Self.path) }
        throw DeployError(.code, "no")
      })
    #expect(host.world.file(Self.path) == before && host.serving == .blue)
  }
}
