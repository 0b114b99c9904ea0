import Foundation
import Testing

extension DockerTests {
  /// Each release is a folder of its own, and `current` is a link to the newest.
  @Suite("Releases behind a link") struct CapistranoTests {
    /// Runs a test with two releases of the example.
    private func with(
      name: String?, _ body: (Project, _ release: (Int) throws -> Void) async throws -> Void
    ) async throws {
      try await Project.with(start: false) { project in
        let (files, root) = (FileManager.default, project.folder)
        let shared = root.appending(path: "shared")
        try files.createDirectory(at: shared, withIntermediateDirectories: true)
        try files.moveItem(at: root.appending(path: "nginx"), to: shared.appending(path: "nginx"))
        try project.edit(
          "docker-compose.yaml",
          [
            "name: grafana\n": name.map { "name: \($0)\n" } ?? "",
            "./nginx:/etc/nginx": "\(shared.path)/nginx:/etc/nginx",
          ])
        try project.edit(".env", ["COMPOSE_PROJECT_NAME=\(project.name)\n": ""])
        for number in 1...2 {
          let release = root.appending(path: "releases/2026112700000\(number)")
          try files.createDirectory(at: release, withIntermediateDirectories: true)
          for file in ["docker-compose.yaml", "docker-compose.override.yaml", ".env"] {
            try files.copyItem(
              at: root.appending(path: file), to: release.appending(path: file))
          }
          try files.createSymbolicLink(
            atPath: release.appending(path: "nginx").path, withDestinationPath: "../../shared/nginx"
          )
        }
        for file in ["docker-compose.yaml", "docker-compose.override.yaml", ".env"] {
          try files.removeItem(at: root.appending(path: file))
        }
        let current = root.appending(path: "current").path
        let release = { (number: Int) in
          try? files.removeItem(atPath: current)
          try files.createSymbolicLink(
            atPath: current, withDestinationPath: "releases/2026112700000\(number)")
        }
        try release(1)
        let up = try await Shell.run(
          ["docker", "compose", "up", "--detach", "nginx-proxy", "grafana-blue"],
          in: root.appending(path: "current"))
        #expect(up.status == 0, "\(up)")
        try await project.serve()
        try await body(project, release)
        await project.users.check()
      }
    }

    @Test func `every release finds lock, journal and containers of the one before`() async throws {
      let name = "bgruntest-\(getpid())-releases"
      try await with(name: name) { project, release in
        let current = "\(project.folder.path)/current"
        try await project.bgrun("run", "--project", current, says: ["grafana-green serves now"])
        try release(2)
        try await project.bgrun(
          "status", "--project", current, says: ["grafana-green serves", "last run"])
        // The folder itself, as after `cd current`.
        try await project.bgrun(
          "history", "--project", "\(project.folder.path)/releases/20261127000002",
          says: ["12.4 → 12.3"])
        try await project.bgrun(
          "run", "--project", current, fault: .init(.killAfter, "nginx -s reload"), exits: -9)
        try release(1)
        try await project.bgrun("run", "--project", current, exits: 5)
        try await project.bgrun("resume", "--undo", "--project", current)
        #expect(project.live() == .green)
        #expect(
          FileManager.default.fileExists(atPath: "\(project.folder.path)/.bgrun/grafana/journal"))
      }
      await Project.remove(project: name)
    }

    @Test func `a project name that changes with every release is refused`() async throws {
      try await with(name: nil) { project, _ in
        try await project.bgrun(
          "run", "--project", "\(project.folder.path)/current", exits: 6,
          says: ["Compose names the project after its folder, 20261127000001", "`name: "])
      }
      await Project.remove(project: "20261127000001")
    }
  }
}
