import Foundation
import Testing

extension DockerTests {
  /// Ctrl-C, and CI jobs that are cancelled.
  @Suite("Interrupted deploys") struct InterruptionTests {
    @Test(
      "a signal in the gate: the target is stopped, the previous colour serves",
      arguments: [SIGINT, SIGTERM])
    func inTheGate(signal: Int32) async throws {
      try await Project.with(settings: [.green: ["BOOT": "20"]]) { project in
        let prober = Load.prober(port: project.port)
        let argv = [Repository.bgrun.path, Repository.plan.path, "--project", project.folder.path]
        let ended = try await Shell.run(argv, in: project.folder) { pid in
          Task {
            try await project.waitUntilRunning(.green)
            kill(pid, signal)
          }
        }
        let tally = await prober.stop()
        print(ended.errors)
        #expect(ended.status == 128 + signal, "\(ended)")
        #expect(ended.seconds < 18, "the boot was waited for")
        #expect(tally.failed == 0, "\(tally)")
        #expect(project.live() == .blue)
        #expect(try await !project.isRunning(.green))
      }
    }
  }
}
