import Foundation
import Testing

extension DockerTests {
  /// One plan, any version: built through a Dockerfile with a build argument.
  @Suite("Chosen versions") struct VersionTests {
    @Test("--set version=… reaches Compose and the Dockerfile's ARG")
    func builds() async throws {
      try await Project.with { project in
        for (version, colour) in [("12.3", Colour.green), ("12.3", .blue), ("12.4", .green)] {
          let ended = try await project.bgrun(
            "--set", "version=\(version)", plan: Repository.versionPlan)
          #expect(ended.status == 0, "\(ended)")
          #expect(project.liveVersion() == version)
          #expect(try await project.isRunning(colour))
          #expect(try await !project.isRunning(colour.other))
        }
      }
    }
  }
}
