import Foundation
import Testing

extension DockerTests {
  /// nginx outside of Docker, or in the host's network: it reaches the colours by the ports that
  /// they publish.
  @Suite("F01: nginx on the host") struct F01Tests {
    private func expect(
      _ project: Project, _ colour: Colour, _ nginx: HostNginx,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      #expect(project.live() == colour, sourceLocation: sourceLocation)
      #expect(
        try project.read("host/app.conf") == nginx.site(colour), sourceLocation: sourceLocation)
    }

    @Test(.enabled(if: HostNginx.program != nil, HostNginx.isMissing))
    func `a deploy, a rollback, and a failure after the switch, with the master's own options`()
      async throws
    {
      try await HostNginx.with { project, nginx in
        let plan = try nginx.plan()
        let options = "-p \(project.folder.path)/host -c \(project.folder.path)/host/nginx.conf"
        try await project.bgrun(
          "--dry-run", "--verbose", plan: plan,
          says: [
            "nginx \(options) -T", "nginx \(options) -s reload", "+ host/app.conf:1  upstream",
          ])
        try await project.bgrun(plan: plan)
        try expect(project, .green, nginx)
        #expect(try await project.running() == [.green])
        try await project.bgrun("status", plan: plan, says: ["grafana-green"])
        try await project.bgrun("rollback", plan: plan)
        try expect(project, .blue, nginx)
        try await project.bgrun(plan: nginx.plan(#"Run("false")"#), exits: 3)
        try expect(project, .blue, nginx)
        #expect(try await project.running() == [.blue])
      }
    }

    @Test(.enabled(if: HostNginx.program != nil, HostNginx.isMissing))
    func `a deploy that is killed after the switch is resumed`() async throws {
      try await HostNginx.with { project, nginx in
        let plan = try nginx.plan()
        try await project.bgrun(
          plan: plan, fault: .init(.none, "stop -t"),
          interruption: .init(SIGKILL) { try await project.wait(forFile: "fake-docker/matched") },
          exits: -9)
        try await project.bgrun("resume", plan: plan)
        try expect(project, .green, nginx)
        #expect(try await project.running() == [.green])
      }
    }

    @Test(.enabled(if: HostNginx.program != nil, HostNginx.isMissing))
    func `what cannot work says where nginx runs, or how to start it`() async throws {
      try await HostNginx.with { project, nginx in
        try await project.bgrun(exits: 2, says: [#"has no service "nginx-proxy""#, "proxy: .host"])
        let plan = try nginx.plan()
        try project.edit(
          "docker-compose.yaml", ["${GRAFANA_GREEN_PORT:-127.0.0.1:3004}:3000": "3000"])
        try await project.bgrun(
          plan: plan, exits: 2, says: ["grafana-green does not publish a port on this machine"])
        try project.edit("host/nginx.conf", ["include \(project.folder.path)/host/app.conf;": ""])
        try await project.bgrun(
          plan: plan, exits: 6,
          says: ["host/app.conf;` inside http"])
        #expect(try await project.running() == [.blue])
      }
    }

    @Test(arguments: [(true, false), (true, true), (false, true)])
    func `nginx in the host's network, and one with a configuration file of its own`(
      isHost: Bool, hasOwnFile: Bool
    ) async throws {
      try await Project.with(start: false) { project in
        if isHost {
          try project.edit(
            "docker-compose.yaml", [#"ports: ["${PROXY_PORT:-80}:80"]"#: "network_mode: host"])
        }
        if hasOwnFile {
          try project.edit(
            "docker-compose.yaml",
            [
              #"volumes: ["./nginx:/etc/nginx:ro"]"#:
                #"volumes: ["./nginx:/srv/edge:ro"]"#
                + "\n    command: [nginx, -c, /srv/edge/nginx.conf, -g, daemon off;]"
            ])
        }
        for colour in Colour.allCases where isHost {
          try project.edit(
            "nginx/service_\(colour).conf",
            [
              "listen 80;": "listen 127.0.0.1:\(project.port);",
              "\(colour.service):3000": "127.0.0.1:\(project.ports[colour] ?? 0)",
            ])
        }
        try project.write(try project.read("nginx/service_blue.conf"), to: "nginx/service.conf")
        try await project.start()
        try await project.bgrun(live: .green)
        try await project.bgrun("rollback", live: .blue)
      }
    }
  }
}
