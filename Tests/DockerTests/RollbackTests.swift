import Foundation
import Testing

extension DockerTests {
  /// What happens when something fails after traffic has moved.
  @Suite("Rolling back") struct RollbackTests {
    @Test("a step that fails after the switch: the previous colour gets its traffic back")
    func afterTheSwitch() async throws {
      try await Project.with { project in
        let plan = try project.plan {
          $0.replacing("Stop(.previous)", with: #"Run("false")"# + "\n  Stop(.previous)")
        }
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
