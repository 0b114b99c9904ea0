import Foundation
import BgrunTestSupport
import Testing

extension DockerTests {
  /// A run says only what it has seen at its end.
  @Suite("The look at the end of a run") struct FinalInspectionTests {
    /// A project whose blue ignores the stop signal for some seconds.
    private func withSlowStop(_ body: (Project) async throws -> Void) async throws {
      try await Project.with(start: false) { project in
        try project.add("stop_signal: SIGWINCH", to: .blue)
        try project.add("stop_grace_period: 3s", to: .blue)
        try await project.start()
        try await body(project)
      }
    }

    /// Deploys green, and does something to a container while blue is being stopped.
    private func deploy(
      _ project: Project, _ words: String..., to service: String
    ) async throws -> (Ended, Tally) {
      let load = Load(port: project.port)
      async let ending = project.bgrun()
      let holder = project.folder.appending(path: ".bgrun/grafana/lock.json")
      try await waitUntil("blue is being stopped") {
        (try? String(contentsOf: holder, encoding: .utf8))?.contains("Stop previous") == true
      }
      try await Task.sleep(for: .seconds(1))
      let done = try await Shell.run(["docker"] + words + [project.container(service)])
      #expect(done.status == 0, "\(done)")
      let ended = try await ending
      let tally = await load.stop()
      print(words, service, "exit", ended.status, tally)
      return (ended, tally)
    }

    @Test("a target that is killed during Stop is no success: the previous colour serves again")
    func targetKilled() async throws {
      try await withSlowStop { project in
        let (ended, tally) = try await deploy(project, "kill", to: Colour.green.service)
        #expect(ended.status == 3, "\(ended)")
        #expect(ended.errors.contains("grafana-green passed its health check, but then it exited"))
        #expect(ended.output.contains("grafana-blue serves again"), "\(ended)")
        #expect(tally.versions.keys.contains(Colour.blue.version))
        try await project.expect(live: .blue, "\(ended)")
      }
    }

    @Test("a proxy that is paused during Stop is no success")
    func proxyPaused() async throws {
      try await withSlowStop { project in
        let (ended, _) = try await deploy(project, "pause", to: "nginx-proxy")
        #expect(ended.status == 4, "\(ended)")
        #expect(ended.errors.contains("the proxy nginx-proxy does not run: it is paused"))
        #expect(!ended.output.contains("serves now"), "\(ended)")
        // The fix that is printed works, and nothing is in the next deploy's way.
        _ = try await Shell.run(["docker", "unpause", project.container("nginx-proxy")])
        try await project.expect(live: .green, "\(ended)")
        let status = try await project.bgrun(command: "status")
        #expect(status.status == 0, "\(status)")
      }
    }

    @Test("a site file that is rewritten between SwapNginx and Reload is not loaded")
    func siteRewritten() async throws {
      try await Project.with { project in
        let plan = try project.plan {
          $0.replacing(
            "Reload()",
            with: #"Run("sh", "-c", "cp nginx/service_blue.conf nginx/service.conf")"#
              + "\n  Reload()")
        }
        let load = Load(port: project.port)
        let ended = try await project.bgrun(plan: plan)
        let tally = await load.stop()
        print("site rewritten: exit", ended.status, tally)
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.errors.contains("nginx is not reloaded"), "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        try await project.expect(live: .blue, "\(ended)")
      }
    }
  }
}
