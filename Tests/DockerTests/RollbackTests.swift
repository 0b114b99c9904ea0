import Foundation
import Testing

extension DockerTests {
  /// What happens when something fails after traffic has moved.
  @Suite("Rolling back") struct RollbackTests {
    @Test("what the plan gives Compose is given for status and rollback as well")
    func interpolation() async throws {
      try await Project.with { project in
        let plan = try project.plan {
          $0.replacing("Up(.target)", with: #"Up(.target, environment: ["NEEDED": "1"])"#)
        }
        try project.edit("docker-compose.override.yaml") {
          $0.replacing("COLOUR: green", with: "COLOUR: green\n      N: ${NEEDED:?say it}")
        }
        let ended = try await project.bgrun(plan: plan)
        #expect(ended.status == 0, "\(ended)")
        let status = try await project.bgrun(command: "status", plan: plan)
        #expect(status.status == 0, "\(status)")
        let back = try await project.bgrun(command: "rollback", plan: plan)
        #expect(back.status == 0, "\(back)")
        try await project.expect(live: .blue, "\(back)")
        // The folder is looked at with the plan's variables, and problems point at the plan.
        _ = try await Shell.run(["docker", "stop", "-t", "1", project.container("nginx-proxy")])
        let refused = try await project.bgrun(command: "rollback", plan: plan)
        #expect(refused.status == 6, "\(refused)")
        #expect(refused.errors.hasPrefix("\(plan.path):"), "\(refused)")
      }
    }

    @Test("a site file may name the container instead of the service")
    func containerName() async throws {
      try await Project.with { project in
        try project.edit("nginx/service_green.conf") {
          $0.replacing(
            "server grafana-green:", with: "server \(project.container("grafana-green")):")
        }
        let ended = try await project.bgrun()
        #expect(ended.status == 0, "\(ended)")
        try await project.expect(live: .green, "\(ended)")
      }
    }

    @Test("a step that fails after the switch: the previous colour gets its traffic back")
    func afterTheSwitch() async throws {
      try await Project.with { project in
        let plan = try project.planFailingAfterTheSwitch()
        let load = Load(port: project.port)
        let ended = try await project.bgrun(plan: plan)
        let tally = await load.stop()
        print(ended.errors)
        print("rolled back in \(ended.seconds) s; \(tally)")
        #expect(ended.status == 3, "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        #expect(project.live() == .blue)
        #expect(try Data(contentsOf: project.site) == Data(contentsOf: project.source(.blue)))
        #expect(try await !project.isRunning(.green))
      }
    }
  }
}
