import Foundation
import Testing

extension DockerTests {
  /// Applications whose health only a HEALTHCHECK tells.
  @Suite("Docker's health check as the gate") struct HealthCheckTests {
    private static let asks =
      "test: [CMD-SHELL, 'curl -fsS http://localhost:3000/api/health || exit 1']"

    @Test(
      "a sound application is switched to when it is up, however seldom Docker asks",
      arguments: ["", ", interval: 5m", ", interval: 30s, start_period: 120s"])
    func sound(timing: String) async throws {
      try await Project.with { project in
        try project.add("healthcheck: {\(Self.asks)\(timing)}", to: .green)
        let load = Load(port: project.port)
        let ended = try await project.bgrun()
        let tally = await load.stop()
        print("health check\(timing): \(ended.seconds) s; \(tally)")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.seconds < 20, "Docker's first answer was waited for")
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .green, "\(ended)")
      }
    }

    @Test("what boots longer than the plan allows is waited for within its start period")
    func startPeriod() async throws {
      try await Project.with(settings: [.green: ["BOOT": "6"]]) { project in
        try project.add("healthcheck: {\(Self.asks), start_period: 60s}", to: .green)
        let load = Load(port: project.port)
        let ended = try await project.bgrun(plan: project.impatientPlan())
        let tally = await load.stop()
        print("start period: \(ended.seconds) s; \(tally)")
        #expect(ended.status == 0, "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .green, "\(ended)")
      }
    }

    @Test("one that needs longer than the plan allows is told which line to change")
    func tooShort() async throws {
      try await Project.with(settings: [.green: ["BOOT": "20"]]) { project in
        try project.add("healthcheck: {\(Self.asks)}", to: .green)
        try await project.expectRefusal(
          1,
          saying: [
            "its health check ended with 1 (curl: (7)", "the plan's time is too short",
            "Health(retries: 8, every: 0.5)",
          ], plan: project.impatientPlan())
        #expect(try await !project.isRunning(.green))
      }
    }
  }
}
