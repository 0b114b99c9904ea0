import Foundation
import Testing

extension DockerTests {
  /// The first mistakes of everybody's set-up: recognised, explained, and undone.
  @Suite("Site files that are no good") struct SiteFileTests {
    @Test("what bgrun itself has put back does not make the next deploy doubt what serves")
    func putBack() async throws {
      try await Project.with { project in
        // Both run: what runs does not tell which one serves.
        try await project.compose("up", "--detach", Colour.green.service)
        // Ages are whole seconds.
        try await Task.sleep(for: .seconds(2))
        try project.edit("nginx/service_green.conf") {
          $0.replacing("listen 80;", with: "listen 80")
        }
        let refused = try await project.bgrun()
        #expect(refused.status == 1, "\(refused)")
        try project.edit("nginx/service_green.conf") {
          $0.replacing("listen 80", with: "listen 80;")
        }
        let status = try await project.bgrun(command: "status")
        #expect(status.status == 0, "\(status)")
        let ended = try await project.bgrun()
        #expect(ended.status == 0, "\(ended)")
        try await project.expect(live: .green, "\(ended)")
        // What a person puts there is still doubted.
        try await project.compose("up", "--detach", Colour.blue.service)
        try await Task.sleep(for: .seconds(4))
        try Data(contentsOf: project.source(.blue)).write(to: project.site)
        let doubted = try await project.bgrun()
        #expect(doubted.errors.contains("the active colour is ambiguous"), "\(doubted)")
      }
    }

    @Test(
      "a missing semicolon: nginx's text is shown, the old bytes are back",
      arguments: Project.Mount.allCases)
    func missingSemicolon(mount: Project.Mount) async throws {
      try await Project.with(mount: mount) { project in
        let before = try Data(contentsOf: project.site)
        try project.edit("nginx/service_green.conf") {
          $0.replacing("grafana-green:3000;", with: "grafana-green:3000")
        }
        try await project.expectRefusal(
          1, saying: ["service_green.conf", "emerg", "service.conf:3", "semicolon"])
        #expect(try Data(contentsOf: project.site) == before)
        #expect(try await !project.isRunning(.green))
        // What is on disk must be what a restarted proxy could serve.
        try await project.compose("restart", "nginx-proxy")
        try await project.wait(for: .blue)
      }
    }

    @Test("sources that nginx loads by themselves: a switch would change nothing")
    func sourcesAreLoaded() async throws {
      try await Project.with(start: false) { project in
        try project.edit("nginx/nginx.conf") {
          $0.replacing(
            "include service.conf;", with: "resolver 127.0.0.11 valid=5s; include service*.conf;")
        }
        // Without an upstream nginx has nothing to complain of but a warning.
        for (file, colour) in [("", "blue"), ("_blue", "blue"), ("_green", "green")] {
          try project.edit("nginx/service\(file).conf") { _ in
            "server { listen 80; server_name _; location / { set $up grafana-\(colour); "
              + "proxy_pass http://$up:3000; } }\n"
          }
        }
        try await project.start()
        let ended = try await project.bgrun()
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.errors.contains(" loads /etc/nginx/service_blue.conf besides "), "\(ended)")
        try await project.expect(live: .blue, "\(ended)")
      }
    }

    @Test(
      "what a restart of the proxy in mid-switch has loaded is taken back",
      arguments: [true, false])
    func restartedInBetween(isRestart: Bool) async throws {
      try await Project.with { project in
        let proxy = project.container("nginx-proxy")
        let words =
          isRestart
          ? ["docker", "restart", "-t", "0", proxy]
          : ["docker", "exec", proxy, "nginx", "-s", "reload"]
        let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
        let plan = try project.plan {
          $0.replacing("  Reload()", with: "  Run(\(list)); Run(\"false\")\n  Reload()")
        }
        let ended = try await project.bgrun(plan: plan)
        #expect(ended.status == 3, "\(ended)")
        #expect(ended.output.contains("grafana-blue serves again"), "\(ended)")
        try await project.expect(live: .blue, "\(ended)")
      }
    }

    @Test("the site file included outside http { }")
    func upstreamOutsideHTTP() async throws {
      try await Project.with { project in
        try project.edit("nginx/nginx.conf") {
          $0.replacing("  include service.conf;\n}", with: "}\ninclude service.conf;")
        }
        let before = try Data(contentsOf: project.site)
        try await project.expectRefusal(
          1, saying: ["\"upstream\" directive is not allowed here", "http"])
        #expect(try Data(contentsOf: project.site) == before)
      }
    }

    @Test("the site file is a directory")
    func directory() async throws {
      try await Project.with { project in
        try FileManager.default.removeItem(at: project.site)
        try FileManager.default.createDirectory(
          at: project.site, withIntermediateDirectories: false)
        try await project.expectRefusal(
          6, saying: ["nginx/service.conf", "directory", "service_blue.conf"])
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("a source that is not there")
    func sourceMissing() async throws {
      try await Project.with { project in
        try FileManager.default.removeItem(at: project.source(.green))
        let ended = try await project.expectRefusal(
          6, saying: ["nginx/service_green.conf"])
        #expect(ended.status != 0)
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("a mounted site file that was replaced by renaming is not written in vain")
    func staleInode() async throws {
      try await Project.with(mount: .file) { project in
        // What sed -i and most editors do: a new inode, which the container never sees.
        let text = try String(contentsOf: project.site, encoding: .utf8)
        try text.write(to: project.site, atomically: true, encoding: .utf8)
        try await project.expectRefusal(
          1, saying: ["nginx/service.conf", "nginx-proxy", "recreate"])
        #expect(try await !project.isRunning(.green))
      }
    }
  }
}
