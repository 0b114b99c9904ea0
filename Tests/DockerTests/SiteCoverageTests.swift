import Foundation
import Testing

extension DockerTests {
  /// Site files of other people's layouts: included in a server, for several services, in front of
  /// several containers. Users are asked about all the while.
  @Suite("What the site file sends requests to") struct SiteCoverageTests {
    private static let files =
      ["nginx/service.conf"] + Colour.allCases.map { "nginx/service_\($0).conf" }

    private func reload(_ project: Project) async throws {
      let proxy = project.container("nginx-proxy")
      let ended = try await Shell.run(["docker", "exec", proxy, "nginx", "-s", "reload"])
      try #require(ended.status == 0, "\(ended)")
    }

    /// Makes the site file a part of a server that stands in nginx.conf, beside one by default.
    private func includeInServer(
      _ project: Project, variables: [String], locations: String
    ) async throws {
      try project.edit("nginx/nginx.conf") {
        $0.replacing(
          "  include service.conf;\n",
          with: "  server { listen 80 default_server; return 404; }\n"
            + "  server { listen 80; server_name localhost; resolver 127.0.0.11;\n"
            + "    include service.conf;\n    \(locations) }\n")
      }
      for path in Self.files {
        try project.edit(path) { text in
          let colour = text.contains("grafana-green:") ? "green" : "blue"
          return variables.map { "set $\($0) http://\($0)-\(colour):3000;\n" }.joined()
        }
      }
      try await reload(project)
      try await project.wait(for: .blue)
    }

    @Test("a site file that is included in a server: no bad switch, no false alarm")
    func included() async throws {
      try await Project.with { project in
        try await includeInServer(
          project, variables: ["grafana"], locations: "location / { proxy_pass $grafana; }")
        let plan = try project.plan {
          $0.replacing("Reload()", with: "Reload()\n  Watch(for: 3, every: 1)")
        }
        try project.edit("docker-compose.override.yaml") {
          $0.replacing(
            "  grafana-green:\n", with: "  grafana-green:\n    networks: [back]\n")
            + "networks:\n  back: {}\n"
        }
        let load = Load(port: project.port, clients: 4)
        let refused = try await project.bgrun(plan: plan)
        #expect(refused.status == 1, "\(refused)")
        #expect(
          refused.errors.contains("nginx-proxy cannot reach grafana-green")
            && refused.errors.contains("write `networks: [back, default]` into grafana-green"),
          "\(refused)")
        try await project.expect(live: .blue, "\(refused)")
        try project.edit("docker-compose.override.yaml") {
          $0.replacing("networks: [back]", with: "networks: [back, default]")
        }
        let ended = try await project.bgrun(plan: plan)
        let tally = await load.stop()
        print("included site file: \(tally)")
        #expect(ended.status == 0 && ended.text.contains("green serves"), "\(ended)")
        try await project.expect(live: .green, "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        let status = try await project.bgrun(command: "status", plan: plan)
        #expect(status.status == 0 && status.output.contains("the proxy answers 200"), "\(status)")
      }
    }

    @Test("two services in one file: refused if one is left out, gated if it is named")
    func several() async throws {
      try await Project.with { project in
        try project.edit("docker-compose.override.yaml") { text in
          text
            + Colour.allCases.map { colour in
              """
                frontend-\(colour):
                  image: bgruntest-app:\(colour.version)
                  environment: { BOOT: "\(colour == .green ? 6 : 0)" }

              """
            }.joined()
        }
        try await project.compose("up", "--detach", "frontend-blue")
        // What the load asks for is the frontend's.
        try await includeInServer(
          project, variables: ["grafana", "frontend"],
          locations: "location / { proxy_pass $grafana; } "
            + "location = /api/health { proxy_pass $frontend; }")
        let load = Load(port: project.port, clients: 4)
        let refused = try await project.bgrun()
        #expect(refused.status == 2, "\(refused)")
        #expect(
          refused.errors.contains("also sends requests to frontend-green")
            && refused.errors.contains(#"Deploy("grafana", workers: ["frontend"], …)"#),
          "\(refused)")
        #expect(try await !project.isRunning(.green))
        let plan = try project.plan {
          $0.replacing(#"Deploy("grafana","#, with: #"Deploy("grafana", workers: ["frontend"],"#)
        }
        let ended = try await project.bgrun(plan: plan)
        try await Task.sleep(for: .seconds(1))
        let tally = await load.stop()
        print("two services in one site file: \(tally)")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.text.contains("frontend-green is healthy: HTTP 200"), "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
        #expect(
          tally.versions.keys.sorted() == Colour.allCases.map(\.version).sorted(), "\(tally)")
      }
    }

    @Test("a service that was scaled by hand: refused, and the command that cures it harms nobody")
    func scaled() async throws {
      try await Project.with { project in
        for colour in Colour.allCases {
          try project.add("ports: !reset []\n    expose: [\"3000\"]", to: colour)
        }
        try await project.compose(
          "up", "--detach", "--scale", "grafana-blue=2", "grafana-blue")
        try await reload(project)
        try await project.wait(for: .blue)
        let load = Load(port: project.port, clients: 4)
        let refused = try await project.bgrun()
        #expect(refused.status == 6, "\(refused)")
        #expect(refused.errors.contains("grafana-blue runs in 2 containers"), "\(refused)")
        let fix = try #require(refused.errors.firstMatch(of: /leave one: `([^`]+)`/)?.1)
        let cured = try await Shell.run(["sh", "-c", String(fix)], in: project.folder)
        #expect(cured.status == 0, "\(cured)")
        let ended = try await project.bgrun()
        let tally = await load.stop()
        print("scaled by hand: \(tally)")
        #expect(ended.status == 0, "\(ended)")
        try await project.expect(live: .green, "\(ended)")
        #expect(tally.failed == 0, "\(tally)")
      }
    }
  }
}
