import DeployDSL
import Testing

@testable import DeployRunner

@Suite struct PlanFingerprintTests {
  private func plan(retries: Int = 15) throws -> String {
    let plan = Deploy("grafana", health: "/api/health") {
      DetectActive()
      Up(.target)
      Health(retries: retries, every: 2)
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    return PlanFingerprint.of(try plan.graph())
  }

  @Test func `is the same for the same plan, and another for another`() throws {
    #expect(try plan() == plan())
    #expect(try plan() != plan(retries: 3))
    #expect(try plan().count == 16)
  }
}
