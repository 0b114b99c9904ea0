import Foundation
import BgrunTestSupport
import Testing

extension DockerTests {
  /// What people do by hand while a deploy goes on, or after one that failed.
  @Suite("What others do meanwhile") struct InterferenceTests {
    /// Copies green's configuration over the site file and reloads, as people do by hand.
    private func switchByHand(_ project: Project) async throws {
      try Data(contentsOf: project.source(.green)).write(to: project.site, options: [])
      let proxy = project.container("nginx-proxy")
      let done = try await Shell.run(["docker", "exec", proxy, "nginx", "-s", "reload"])
      #expect(done.status == 0, "\(done)")
    }

    @Test("what a person has switched to in mid-run is not stopped when the run fails")
    func switchedByHand() async throws {
      try await Project.with { project in
        let plan = try project.plan {
          $0.replacing(
            "SwapNginx()",
            with: #"Run("sh", "-c", "touch here; sleep 3; exit 1")"# + "\n  SwapNginx()")
        }
        let load = Load(port: project.port)
        async let ending = project.bgrun(plan: plan)
        let sign = project.folder.appending(path: "here").path
        try await waitUntil("the step runs") { FileManager.default.fileExists(atPath: sign) }
        try await switchByHand(project)
        let ended = try await ending
        let tally = await load.stop()
        #expect(ended.status == 4, "\(ended)")
        #expect(ended.errors.contains("grafana-green is not stopped: another process has changed"))
        #expect(ended.output.contains("active colour unknown"), "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        #expect(project.live() == .green)
        // Nor by taking it back later.
        let back = try await project.bgrun(command: "resume", "--undo", plan: plan)
        #expect(back.status == 4 && project.live() == .green, "\(back)")
        let settled = try await project.bgrun(command: "resolve", plan: plan)
        #expect(settled.status == 0, "\(settled)")
      }
    }

    @Test("rollback does not put a version live that has never served")
    func neverServed() async throws {
      try await Project.with { project in
        for _ in 0..<2 { #expect(try await project.bgrun().status == 0) }
        try await project.expect(live: .blue, "after two deploys")
        try project.add("labels: {new: \"1\"}", to: .green)
        let plan = try project.plan {
          $0.replacing("SwapNginx()", with: "Run(\"false\")\n  SwapNginx()")
        }
        let failed = try await project.bgrun(plan: plan)
        #expect(failed.status == 1, "\(failed)")
        for back in [
          try await project.bgrun(command: "rollback", "--dry-run"),
          try await project.bgrun(command: "rollback"),
        ] {
          #expect(back.status == 6, "\(back)")
          #expect(back.errors.contains("did not make it active"), "\(back)")
        }
        try await project.expect(live: .blue, "\(failed)")
        #expect(try await !project.isRunning(.green))
      }
    }
  }
}
