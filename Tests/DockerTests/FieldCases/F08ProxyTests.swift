import Foundation
import Testing

extension DockerTests {
  /// nginx in a Compose project of its own, which shares a network with the application's.
  @Suite("F08: nginx in another project") struct F08ProxyTests {
    /// Runs a test with such an nginx.
    ///
    /// - Parameter isApart: whether green is not on its network.
    private func with(
      isApart: Bool = false, _ body: (Project, _ container: String) async throws -> Void
    ) async throws {
      try await Project.with(start: false) { project in
        let edge = "\(project.name)-edge"
        try project.edit("docker-compose.yaml") { text in
          guard let start = text.firstRange(of: "  nginx-proxy:"),
            let end = text.firstRange(of: "\nvolumes:")
          else { return text }
          return String(text[..<start.lowerBound] + text[end.lowerBound...])
            + "networks:\n  shared: { name: \(edge)-net }\n"
        }
        for colour in Colour.allCases {
          let isOn = !isApart || colour == .blue
          try project.add("networks: [default\(isOn ? ", shared" : "")]", to: colour)
        }
        let folder = project.folder.appending(path: "edge")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try project.write(
          """
          name: \(edge)
          services:
            web:
              image: bgruntest-nginx:latest
              container_name: \(edge)-nginx
              ports: ["127.0.0.1:\(project.port):80"]
              volumes: ["../nginx:/etc/nginx:ro"]
              networks: [shared]
          networks:
            shared: { name: \(edge)-net, external: true }

          """, to: "edge/compose.yaml")
        try await project.compose("up", "--detach", Colour.blue.service)
        let compose = ["docker", "compose", "--project-directory", folder.path, "-p", edge]
        var failure: (any Error)?
        do {
          let ended = try await Shell.run(compose + ["up", "--detach"], in: folder)
          #expect(ended.status == 0, "\(ended)")
          try await project.wait(for: .blue)
          project.users.begin(port: project.port)
          try await body(project, "\(edge)-nginx")
          await project.users.check()
        } catch {
          failure = error
        }
        _ = try await Shell.run(compose + ["down", "--timeout", "1"], in: folder)
        if let failure { throw failure }
      }
    }

    private func plan(_ project: Project, _ container: String) throws -> URL {
      try project.plan([
        #"Deploy("grafana","#: #"Deploy("grafana", proxy: .container("\#(container)"),"#
      ])
    }

    @Test func `a deploy and a rollback; the error for the usual proxy names the container`()
      async throws
    {
      try await with { project, container in
        try await project.bgrun(
          exits: 2, says: [#"has no service "nginx-proxy""#, #".container("\#(container)")"#])
        let plan = try plan(project, container)
        try await project.bgrun(plan: plan, live: .green)
        try await project.bgrun("status", plan: plan)
        try await project.bgrun("rollback", plan: plan, live: .blue)
        try await project.bgrun(
          plan: try self.plan(project, container + "x"), exits: 6, says: ["there is no container"])
      }
    }

    @Test func `a target that is not on its network is refused before it is started`() async throws
    {
      try await with(isApart: true) { project, container in
        try await project.bgrun(
          plan: try plan(project, container), exits: 1,
          says: ["\(container) cannot reach grafana-green", "write `networks: [default, shared]`"])
        let ended = try await Shell.run(["docker", "inspect", project.container("grafana-green")])
        #expect(ended.status != 0, "green was created")
      }
    }
  }

  /// nginx whose configuration is not a file of the host.
  @Suite("F22: configuration in a volume or in the image") struct F22Tests {
    @Test(arguments: ["[]", #"["conf:/etc/nginx"]"#])
    func `it is refused, with the way to mount it`(volumes: String) async throws {
      try await Project.with(start: false, users: .unwatched) { project in
        let command = "rm -f /etc/nginx/sites-enabled/default; exec nginx -g 'daemon off;'"
        try project.edit(
          "docker-compose.yaml",
          [
            #"volumes: ["./nginx:/etc/nginx:ro"]"#:
              "volumes: \(volumes)\n    command: [sh, -c, \"\(command)\"]",
            "\nvolumes:": "\nvolumes:\n  conf:",
          ])
        try await project.compose("up", "--detach", "nginx-proxy", Colour.blue.service)
        try await project.bgrun(
          exits: 6,
          says: [
            "nginx-proxy does not see nginx/service.conf: no mount leads there",
            #"volumes: ["./nginx:/etc/nginx/conf.d"]"#,
            "docker cp \(project.container("nginx-proxy")):/etc/nginx/conf.d/. nginx",
          ])
      }
    }
  }
}
