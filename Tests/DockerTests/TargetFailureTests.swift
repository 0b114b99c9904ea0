import Foundation
import Testing

extension DockerTests {
  /// The new colour is no good: it never gets traffic, and is not left running.
  @Suite("A target that cannot serve") struct TargetFailureTests {
    @Test("a target that stays unhealthy")
    func unhealthy() async throws {
      try await Project.with(settings: [.green: ["UNHEALTHY": "1"]]) { project in
        try await project.expectRefusal(
          1, saying: ["grafana-green", "503", "HTTP Server Listen"],
          plan: project.impatientPlan())
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("what Docker's own check of the target says is shown")
    func failingHealthCheck() async throws {
      try await Project.with { project in
        try project.add(
          "healthcheck: {test: [CMD, /not/there], interval: 1s, retries: 1}", to: .green)
        let plan = try project.plan {
          $0.replacing("retries: 15, every: 2", with: "retries: 4, every: 1")
        }
        try await project.expectRefusal(
          1, saying: ["Docker's health check ended with exit code", "/not/there"], plan: plan)
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("a target that crashes at boot ends the gate at once, with exit code and log")
    func crashing() async throws {
      try await Project.with(settings: [.green: ["CRASH": "1"]]) { project in
        let ended = try await project.expectRefusal(
          1, saying: ["grafana-green", "exit code 3", "unable to open database file"])
        #expect(ended.seconds < 15, "the gate's 30 seconds were waited for")
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("a target that dies while it boots")
    func dyingLater() async throws {
      try await Project.with(settings: [.green: ["LIFE": "0.5", "UNHEALTHY": "1"]]) { project in
        try await project.expectRefusal(
          1, saying: ["grafana-green", "exit code 4", "out of memory"])
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("an image that is not there")
    func imageMissing() async throws {
      try await Project.with { project in
        try project.edit(".env") {
          $0.replacing("bgruntest-app:12.3", with: "127.0.0.1:9/bgruntest-missing:1")
        }
        try await project.expectRefusal(
          1, saying: ["grafana-green", "image is not available locally", "pull or build it"])
      }
    }

    @Test("after a refused target the next good one is deployed")
    func nextOneIsFine() async throws {
      try await Project.with(settings: [.green: ["CRASH": "1"]]) { project in
        try await project.expectRefusal(1, saying: ["grafana-green"])
        try project.set([:])
        let ended = try await project.bgrun()
        #expect(ended.status == 0, "\(ended)")
        #expect(project.live() == .green)
      }
    }
  }
}
