import Foundation
import Testing

extension DockerTests {
  @Suite("bgrun init") struct InitTests {
    @Test("writes a plan for the example that deploys it")
    func example() async throws {
      try await Project.with { project in
        let plan = try await initialize(project)
        #expect(plan.lastPathComponent == "grafana.swift")
        let text = try String(contentsOf: plan, encoding: .utf8)
        #expect(text.contains("Deploy(\"grafana\", health:"), "\(text)")
        let ending = try await project.bgrun(plan: try withoutPull(plan))
        #expect(ending.status == 0, "\(ending)")
        try await project.expect(live: .green, "after the first plan")
      }
    }

    @Test("writes a plan for a project with other names and other places, too")
    func other() async throws {
      try await Project.with(start: false) { project in
        let names = ["docker-compose.yaml", "docker-compose.override.yaml"]
        let sites = ["service", "service_blue", "service_green"].map { "nginx/\($0).conf" }
        for file in names + sites {
          try project.edit(file) {
            $0.replacing("grafana-blue", with: "blue").replacing("grafana-green", with: "green")
              .replacing("nginx-proxy", with: "edge")
          }
        }
        try FileManager.default.createDirectory(
          at: project.folder.appending(path: "colours"), withIntermediateDirectories: true)
        for colour in ["blue", "green"] {
          try FileManager.default.moveItem(
            at: project.folder.appending(path: "nginx/service_\(colour).conf"),
            to: project.folder.appending(path: "colours/\(colour).conf"))
        }
        try await project.compose("up", "--detach", "edge", "blue")
        try await project.wait(for: .blue)

        let plan = try await initialize(project)
        let ending = try await project.bgrun(plan: try withoutPull(plan))
        #expect(ending.status == 0, "\(ending)")
        #expect(project.live() == .green)
        let text = try String(contentsOf: plan, encoding: .utf8)
        #expect(
          text.contains(
            #"site: Site("nginx/service.conf", blue: "colours/blue.conf", green: "colours/green.conf")"#
          ), "\(text)")
      }
    }

    /// The plan without the step that needs a registry: the images of the tests are in none.
    private func withoutPull(_ plan: URL) throws -> URL {
      let text = try String(contentsOf: plan, encoding: .utf8)
      try #require(text.contains("  Pull(.target)\n"))
      try text.replacing("  Pull(.target)\n", with: "")
        .write(to: plan, atomically: true, encoding: .utf8)
      return plan
    }

    /// The plan that the command has written.
    private func initialize(_ project: Project) async throws -> URL {
      let ending = try await Shell.run([Repository.bgrun.path, "init"], in: project.folder)
      #expect(ending.status == 0 && !ending.output.contains("note: "), "\(ending)")
      let line = try #require(ending.output.split(separator: "\n").first)
      return project.folder.appending(path: line.dropFirst("wrote ".count))
    }
  }
}
