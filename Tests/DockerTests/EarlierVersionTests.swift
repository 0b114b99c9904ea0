import Foundation
import Testing

extension DockerTests {
  /// Versions in the output and in history, and the ways back to them.
  @Suite("Earlier versions") struct EarlierVersionTests {
    /// Builds the image that both colours name, as a new version.
    private func build(_ version: String, revision: String, for project: Project) async throws {
      try project.write(
        "FROM bgruntest-app:\(version)\nLABEL org.opencontainers.image.revision=\(revision)\n",
        to: "Dockerfile")
      try await Shell.build(
        // A second tag: a Prune of another test removes images without one.
        ["\(project.name)-app", "\(project.name)-app:kept-\(revision)"],
        "--label", "com.docker.compose.project=\(project.name)", in: project.folder)
    }

    /// The IDs of the runs, newest first.
    private func runs(of project: Project) async throws -> [String] {
      let plan = project.folder.appending(path: "field.swift")
      let history = try await project.bgrun("history", "--format", "json", plan: plan)
      return history.output.matches(of: /"run":"([^"]*)"/).map { String($0.1) }
    }

    /// Removes what no container uses of the project's images.
    private func removeUnusedImages(of project: Project) async throws {
      let kept = try await Shell.run([
        "docker", "images", "--filter", "reference=\(project.name)-app:kept-*", "--format",
        "{{.Repository}}:{{.Tag}}",
      ])
      let images = kept.output.split(separator: "\n").map(String.init)
      _ = try await Shell.run(["docker", "rmi"] + images)
    }

    @Test func `a rollback under load goes to the image of any run that is still there`()
      async throws
    {
      try await Project.with { project in
        let image = "\(project.name)-app"
        try project.edit(".env") {
          $0.replacing(/(GRAFANA_(?:BLUE|GREEN)_IMAGE)=.*/) { "\($0.1)=\(image)" }
        }
        // Without Prune, which removes images that no container uses.
        let plan = try project.plan(of: #""grafana", port: 3000, health: "/api/health""#)
        func bgrun(
          _ words: String..., exits: Int32 = 0, says texts: [String], serving colour: Colour? = nil,
          version: String? = nil
        ) async throws {
          let ended = try await Shell.run(
            [Repository.bgrun.path] + words.prefix(1) + [plan.path] + words.dropFirst(),
            in: project.folder)
          #expect(ended.status == exits, "\(ended)")
          for text in texts { #expect(ended.text.contains(text), "“\(text)” is missing: \(ended)") }
          if let colour { #expect(try await project.running() == [colour]) }
          if let version { #expect(project.liveVersion() == version) }
        }
        try await build("12.3", revision: "1111111aaa", for: project)
        try await bgrun("run", says: ["12.4 → latest"], serving: .green, version: "12.3")
        try await build("12.4", revision: "2222222bbb", for: project)
        try await bgrun("run", says: ["(latest 1111111 → latest 2222222)"], serving: .blue)
        try await build("12.4", revision: "3333333ccc", for: project)
        try await bgrun("run", says: ["(latest 2222222 → latest 3333333)"], serving: .green)

        let runs = try await runs(of: project)
        try await bgrun(
          "rollback", "--list",
          says: ["serves now", "its container, as it was", "its image, in a new container"])
        let load = Load(port: project.port, clients: 8, pause: 10)
        try await bgrun(
          "rollback", "--to", runs[2], says: ["Rolling back grafana", "latest 1111111"],
          serving: .blue, version: "12.3")
        let tally = await load.stop()
        #expect(tally.failed == 0, "\(tally)")
        try await bgrun("status", says: ["revision 1111111"])
        try await bgrun("history", says: ["rollback", "latest 3333333 → latest 1111111"])
        // Back to the version before, whose container was kept.
        try await bgrun(
          "rollback", says: ["latest 1111111 → latest 3333333"], serving: .green, version: "12.4")

        try await bgrun("rollback", "--to", runs[0], exits: 1, says: ["is live"])
        try await removeUnusedImages(of: project)
        try await bgrun("rollback", "--to", runs[1], exits: 1, says: ["its image was removed"])
      }
    }
  }
}
