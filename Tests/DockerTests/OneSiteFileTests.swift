import Foundation
import Testing

extension DockerTests {
  /// Projects with one site file and no sources: a deploy rewrites it.
  @Suite("One site file") struct OneSiteFileTests {
    /// Writes the only site file, and lets nginx load it.
    private func write(_ text: String, in project: Project) async throws {
      for colour in Colour.allCases {
        try FileManager.default.removeItem(at: project.source(colour))
      }
      try project.edit("nginx/service.conf") { _ in text }
      let proxy = project.container("nginx-proxy")
      let ended = try await Shell.run(["docker", "exec", proxy, "nginx", "-s", "reload"])
      try #require(ended.status == 0, "\(ended)")
      try await project.wait(for: .blue)
    }

    private func text(_ project: Project) throws -> String {
      try String(contentsOf: project.site, encoding: .utf8)
    }

    private static let plain = """
      # grafana-blue is what people know.\r
      upstream grafana {
      \tserver   grafana-blue:3000 max_fails=2; # not grafana-green
      }
      server {
        listen 80;
        location / { proxy_pass http://grafana; }
        location /api/ { proxy_pass "http://grafana-blue:3000"; }
      }

      """

    @Test("blue → green → blue under load loses no request", arguments: Project.Mount.allCases)
    func underLoad(mount: Project.Mount) async throws {
      try await Project.with(mount: mount) { project in
        try await write(Self.plain, in: project)
        let dry = try await project.bgrun("--dry-run")
        #expect(dry.status == 0, "\(dry)")
        #expect(dry.text.contains("service.conf:3 - server   grafana-blue:3000"), "\(dry)")
        #expect(dry.text.contains("service.conf:3 + server   grafana-green:3000"), "\(dry)")
        #expect(try text(project) == Self.plain)
        let load = Load(port: project.port)
        let forth = try await project.bgrun()
        #expect(forth.status == 0, "\(forth)")
        #expect(project.live() == .green)
        let green = Self.plain.replacing("server   grafana-blue", with: "server   grafana-green")
          .replacing("http://grafana-blue", with: "http://grafana-green")
        #expect(try text(project) == green)
        let back = try await project.bgrun(command: "rollback")
        let tally = await load.stop()
        print("one site file, \(mount) mount: \(tally)")
        #expect(back.status == 0, "\(back)")
        #expect(project.live() == .blue)
        #expect(try text(project) == Self.plain)
        #expect(tally.failed == 0, "\(tally)")
        #expect(tally.versions.count == 2, "\(tally)")
      }
    }

    @Test("a failure after the switch brings the old bytes back")
    func failure() async throws {
      try await Project.with { project in
        try await write(Self.plain, in: project)
        let load = Load(port: project.port, clients: 4)
        let ended = try await project.bgrun(plan: try project.planFailingAfterTheSwitch())
        let tally = await load.stop()
        #expect(ended.status == 3, "\(ended)")
        #expect(project.live() == .blue)
        #expect(try text(project) == Self.plain)
        #expect(tally.failed == 0, "\(tally)")
      }
    }

    @Test("a file that sends requests to both colours is refused, with the lines")
    func ambiguous() async throws {
      try await Project.with { project in
        try await project.compose("up", "--detach", Colour.green.service)
        let both = Self.plain.replacing(
          "listen 80;",
          with: "listen 80;\n  location /new { proxy_pass http://grafana-green:3000; }")
        try await write(both, in: project)
        try await project.expectRefusal(
          1,
          saying: ["sends requests to both colours", "grafana-green in line 7", "service.conf:3"])
        #expect(try text(project) == both)
      }
    }

    @Test("a backup server and the active one swap their roles, and both keep running")
    func backup() async throws {
      try await Project.with { project in
        try await project.compose("up", "--detach", Colour.green.service)
        let blue = Self.plain.replacing(
          "grafana-blue:3000 max_fails=2;",
          with: "grafana-blue:3000 max_fails=2; server grafana-green:3000 backup;")
        try await write(blue, in: project)
        let load = Load(port: project.port, clients: 4)
        let forth = try await project.bgrun()
        #expect(forth.status == 0 && forth.text.contains("grafana-blue keeps running"), "\(forth)")
        #expect(project.live() == .green)
        #expect(
          try text(project).contains(
            "grafana-green:3000 max_fails=2; server grafana-blue:3000 backup;"))
        #expect(try await project.isRunning(.blue))
        let back = try await project.bgrun()
        let tally = await load.stop()
        #expect(back.status == 0, "\(back)")
        #expect(project.live() == .blue)
        #expect(try text(project) == blue)
        #expect(tally.failed == 0, "\(tally)")
      }
    }

    @Test("two applications in one file: each deploy changes its own, and they take turns")
    func several() async throws {
      try await Project.with { project in
        try project.edit("docker-compose.override.yaml") { text in
          text
            + Colour.allCases.map {
              "  shop-\($0):\n    image: bgruntest-app:\($0.version)\n    expose: [\"3000\"]\n"
            }.joined()
        }
        try await project.compose("up", "--detach", "shop-blue")
        let both =
          Self.plain
          + "server { listen 80; server_name shop.test; location / { proxy_pass http://shop-blue:3000; } }\n"
        try await write(both, in: project)
        let shop = project.folder.appending(path: "shop.swift")
        try String(contentsOf: Repository.plan, encoding: .utf8)
          .replacing(#"Deploy("grafana","#, with: #"Deploy("shop","#)
          .write(to: shop, atomically: true, encoding: .utf8)
        let load = Load(port: project.port, clients: 4)
        async let one = project.bgrun()
        async let other = project.bgrun(plan: shop)
        let ended = try await [one, other]
        #expect(ended.allSatisfy { $0.status == 0 }, "\(ended)")
        let green = both.replacing("server   grafana-blue", with: "server   grafana-green")
          .replacing("http://grafana-blue", with: "http://grafana-green")
          .replacing("shop-blue", with: "shop-green")
        #expect(try text(project) == green)
        let back = try await project.bgrun(command: "rollback", plan: shop)
        let tally = await load.stop()
        #expect(back.status == 0, "\(back)")
        #expect(try text(project) == green.replacing("shop-green", with: "shop-blue"))
        #expect(project.live() == .green)
        #expect(tally.failed == 0, "\(tally)")
      }
    }

    @Test("a template is refused, with what to do instead")
    func template() async throws {
      try await Project.with(mount: .file, start: false) { project in
        for colour in Colour.allCases {
          try FileManager.default.removeItem(at: project.source(colour))
        }
        try project.edit("nginx/nginx.conf") {
          $0.replacing("include service.conf;", with: Self.plain)
        }
        try project.edit("docker-compose.yaml") {
          $0.replacing(
            ":/etc/nginx/service.conf:ro", with: ":/etc/nginx/templates/service.conf.template:ro")
        }
        try await project.start()
        try await project.expectRefusal(
          6, saying: ["nginx/service.conf is a template", "cat /etc/nginx/conf.d/service.conf"])
      }
    }
  }
}
