import DeployDSL
import DeployRunner
import Testing

/// A proxy that does not keep running, whenever that is seen.
@Suite struct ProxyFateTests {
  private let plan = Deploy("grafana") {
    DetectActive()
    Up(.target)
    Health()
    SwapNginx()
    Reload()
  }

  @Test(arguments: ["docker top", "nginx -T"])
  func `one that ends while it is looked at is named with its fate`(look: String) async throws {
    let host = SimulatedHost(for: plan.application)
    host.fail(.command(containing: look).onAttempt(1), .delayed(by: .seconds(2)))
    host.at(.seconds(1)) { $0.stop("nginx-proxy") }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 6 && report.serving == nil, "\(report)")
    let failure = try #require(report.failure)
    #expect(failure.message.hasPrefix("the proxy nginx-proxy does not run: it "), "\(failure)")
    #expect(failure.fix?.contains("docker logs ") == true)
  }

  @Test func `one that was restarted just then is not taken for a riddle`() async throws {
    let host = SimulatedHost(for: plan.application)
    host.at(.seconds(1)) { $0.restart("nginx-proxy") }
    host.fail(
      // The first one belongs to DetectActive.
      .command(containing: "nginx -T").onAttempt(2),
      .failing(errors: "Error response from daemon: Container 4711 is restarting"))
    let report = try await Deployer(executor: .mock(host)).run(plan)
    let failure = try #require(report.failure)
    #expect(failure.message == "the proxy nginx-proxy was restarted during this run", "\(report)")
    #expect(!report.hasSwitched && report.serving == .blue, "\(report)")
  }
}
