import Foundation
import Testing

extension DockerTests {
  /// A dry run that cannot be trusted is worse than none.
  @Suite("Dry run") struct DryRunTests {
    @Test("prints the commands and changes nothing")
    func changesNothing() async throws {
      try await Project.with { project in
        let before = try await state(of: project)
        let ended = try await project.bgrun("--dry-run")
        print(ended.text)
        #expect(ended.status == 0, "\(ended)")
        let after = try await state(of: project)
        for command in [
          "docker compose up --detach --no-deps grafana-green", "nginx -s reload", "docker stop",
          "docker image prune",
        ] {
          #expect(ended.text.contains(command), "no “\(command)” in:\n\(ended)")
        }
        #expect(after == before, "\(after.difference(from: before))")
        #expect(project.live() == .blue)
      }
    }

    @Test("works before a first deploy, when neither colour has a container")
    func firstDeploy() async throws {
      try await Project.with { project in
        try await project.compose("rm", "--stop", "--force", "grafana-blue")
        let ended = try await project.bgrun("--dry-run")
        #expect(ended.status == 0, "\(ended)")
        #expect(!ended.text.contains("requires at least 1 argument"), "\(ended)")
      }
    }

    /// Everything that a deploy would change.
    private func state(of project: Project) async throws -> [String] {
      let filter = "label=com.docker.compose.project=\(project.name)"
      let files = try FileManager.default.subpathsOfDirectory(atPath: project.folder.path).sorted()
      let contents = files.compactMap {
        try? Data(contentsOf: project.folder.appending(path: $0)).base64EncodedString()
      }
      return try await [
        Shell.output(
          "docker", "ps", "--all", "--no-trunc", "--filter", filter, "--format",
          "{{.ID}} {{.Names}} {{.State}} {{.Ports}}"),
        Shell.output(
          "docker", "images", "--all", "--no-trunc", "--filter", "label=bgruntest", "--format",
          "{{.ID}} {{.Repository}} {{.Tag}}"
        ).split(separator: "\n").sorted().joined(separator: "\n"),
        Shell.output("docker", "network", "ls", "--filter", filter, "--quiet"),
        Shell.output("docker", "volume", "ls", "--filter", filter, "--quiet"),
      ] + files + contents
    }
  }
}
