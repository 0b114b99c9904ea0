import DeployDSL
import DeployRunner
import Testing
struct Perf {
  @Test func perf() async throws {
    let plan = Deploy("grafana", port: 3000, health: "/api/health") {
    DetectActive()
    Up(.target)
    Health(retries: 15, every: 2)
    SwapNginx()
    Reload()
    Stop(.previous)
    Prune()
    }
    let t = ContinuousClock.now
    var n = 0
    for _ in 0..<50 {
      let host = SimulatedHost(for: plan.application)
      _ = try await DeployRunner(executor: .mock(host)).run(plan)
      n = host.operations.count
    }
    print("PERF", (ContinuousClock.now - t) / 50, n)
  }
}
