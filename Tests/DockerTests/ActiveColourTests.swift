import Foundation
import Testing

extension DockerTests {
  /// Which colour serves is asked of the proxy; when the witnesses disagree a person decides.
  @Suite("The active colour") struct ActiveColourTests {
    @Test("a site file that was changed without a reload: both witnesses are quoted")
    func disagreement() async throws {
      try await Project.with { project in
        let green = try Data(contentsOf: project.source(.green))
        try green.write(to: project.site)
        try await project.expectRefusal(1, saying: ["--active", "blue", "green", "service.conf"])
        #expect(try await !project.isRunning(.green))
        let settled = try await project.bgrun("--active", "blue")
        #expect(settled.status == 0, "\(settled)")
        #expect(project.live() == .green)
      }
    }

    @Test("both colours run: the one that the proxy serves is the active one")
    func bothRunning() async throws {
      try await Project.with { project in
        try await project.compose("up", "--detach", Colour.green.service)
        let load = Load(port: project.port, clients: 4)
        let ended = try await project.bgrun()
        let tally = await load.stop()
        #expect(ended.status == 0, "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        #expect(project.live() == .green)
        #expect(try await !project.isRunning(.blue))
      }
    }
  }
}
