import DeployDSL
import DeployRunner
import DeploySimulator
import Deploys
import Hummingbird

/// Serves deploys of Examples/grafana on a simulated host.
@main
struct Server {
  static func main() async throws {
    let plan = Deploy("grafana", port: 3000, health: "/api/health") {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    // `.docker(project: "/srv/grafana")` deploys for real.
    let runner = Deployer(executor: .mock(for: plan.application))
    let application = Application(
      router: DeployService(plan, on: runner).router(),
      configuration: .init(address: .hostname("127.0.0.1", port: 8080)))
    try await application.runService()
  }
}
