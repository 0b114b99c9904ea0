import Foundation
import Testing

extension DockerTests {
  /// Old images go; the way back stays.
  @Suite("Prune") struct PruneTests {
    @Test("dangling images go, the stopped colour's container, image and network stay")
    func keepsTheWayBack() async throws {
      try await Project.with { project in
        let dangling = try await Shell.output(
          "docker", "commit", "--pause=false", "--change", "LABEL bgruntest=dangling",
          project.container("nginx-proxy"))
        let deployed = try await project.bgrun()
        #expect(deployed.status == 0, "\(deployed)")
        let images = try await Shell.output("docker", "images", "--no-trunc", "--quiet")
        #expect(!images.contains(dangling))
        // Started as it is, with nothing made anew.
        try await Shell.output("docker", "start", project.container(Colour.blue.service))
        #expect(try await project.isRunning(.blue))
      }
    }
  }
}
