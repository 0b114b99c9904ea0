import Foundation
import Testing

extension DockerTests {
  /// Projects with one site file and no sources: a deploy rewrites it.
  @Suite("One site file") struct OneSiteFileTests {
    private static let blue = """
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
    private static let green =
      blue
      .replacing("server   grafana-blue", with: "server   grafana-green")
      .replacing("http://grafana-blue", with: "http://grafana-green")

    /// Runs a test in a project with only one site file, which nginx has loaded.
    private func with(
      _ text: String, mount: Project.Mount = .folder, starting services: String...,
      adding compose: String = "", _ body: (Project) async throws -> Void
    ) async throws {
      try await Project.with(mount: mount) { project in
        if !compose.isEmpty { try project.edit("docker-compose.override.yaml") { $0 + compose } }
        for service in services { try await project.compose("up", "--detach", service) }
        for colour in Colour.allCases {
          try FileManager.default.removeItem(at: project.source(colour))
        }
        try project.write(text, to: "nginx/service.conf")
        try await project.reload()
        try await project.wait(for: .blue)
        try await body(project)
      }
    }

    private func expect(
      _ project: Project, _ colour: Colour, _ text: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      #expect(project.live() == colour, sourceLocation: sourceLocation)
      #expect(try project.read("nginx/service.conf") == text, sourceLocation: sourceLocation)
    }

    @Test(arguments: Project.Mount.allCases)
    func `blue → green → blue changes its places only`(mount: Project.Mount) async throws {
      try await with(Self.blue, mount: mount) { project in
        try await project.bgrun(
          "--dry-run",
          says: [
            "- nginx/service.conf:3  server   grafana-blue:3000",
            "+ nginx/service.conf:3  server   grafana-green:3000",
          ])
        try expect(project, .blue, Self.blue)
        try await project.bgrun()
        try expect(project, .green, Self.green)
        #expect(try await project.running() == [.green])
        try await project.bgrun("status")
        try await project.bgrun("rollback")
        try expect(project, .blue, Self.blue)
      }
    }

    @Test func `a failure after the switch brings the old bytes back`() async throws {
      try await with(Self.blue) { project in
        let plan = try project.plan(#"Run("false")"#, before: "Stop(.previous)")
        try await project.bgrun(plan: plan, exits: 3)
        try expect(project, .blue, Self.blue)
      }
    }

    @Test func `a file that sends requests to both colours is refused, with the lines`()
      async throws
    {
      let both = Self.blue.replacing(
        "listen 80;", with: "listen 80;\n  location /new { proxy_pass http://grafana-green:3000; }")
      try await with(both, starting: "grafana-green") { project in
        try await project.bgrun(
          exits: 1,
          says: ["sends requests to both colours", "grafana-green in line 7", "service.conf:3"])
        try expect(project, .blue, both)
      }
    }

    @Test func `a backup server and the active one swap their roles, and both keep running`()
      async throws
    {
      let text = Self.blue.replacing(
        "grafana-blue:3000 max_fails=2;",
        with: "grafana-blue:3000 max_fails=2; server grafana-green:3000 backup;")
      try await with(text, starting: "grafana-green") { project in
        try await project.bgrun(says: ["grafana-blue keeps running"])
        let swapped = Self.green.replacing(
          "grafana-green:3000 max_fails=2;",
          with: "grafana-green:3000 max_fails=2; server grafana-blue:3000 backup;")
        try expect(project, .green, swapped)
        #expect(try await project.running() == [.blue, .green])
        try await project.bgrun()
        try expect(project, .blue, text)
      }
    }

    @Test func `a variable that chooses by if: its value alone changes, under load`() async throws {
      let text = """
        server {
          listen 80;
          set $color blue;
          location / {
            if ($color = blue) { proxy_pass http://grafana-blue:3000; }
            if ($color = green) { proxy_pass http://grafana-green:3000; }
          }
        }

        """
      // nginx needs the addresses of both to load the file, so both keep running.
      try await with(text, starting: "grafana-green") { project in
        let load = Load(port: project.port, clients: 8, pause: 10)
        try await project.bgrun(says: ["grafana-blue keeps running"])
        try expect(project, .green, text.replacing("set $color blue", with: "set $color green"))
        try await project.bgrun("rollback")
        try expect(project, .blue, text)
        let tally = await load.stop()
        #expect(tally.failed == 0, "\(tally)")
      }
    }

    @Test func `two applications in one file: each deploy changes its own, and they take turns`()
      async throws
    {
      let shop =
        "server { listen 80; server_name shop.test; location / { proxy_pass http://shop-blue:3000; } }\n"
      let services = Colour.allCases.map {
        "  shop-\($0):\n    image: bgruntest-app:\($0.version)\n    expose: [\"3000\"]\n"
      }.joined()
      try await with(Self.blue + shop, starting: "shop-blue", adding: services) { project in
        let plan = try project.plan([#"Deploy("grafana","#: #"Deploy("shop","#])
        async let one = project.bgrun()
        async let other = project.bgrun(plan: plan)
        _ = try await (one, other)
        try expect(
          project, .green, Self.green + shop.replacing("shop-blue", with: "shop-green"))
        try await project.bgrun("rollback", plan: plan)
        try expect(project, .green, Self.green + shop)
      }
    }

    @Test func `a template is refused, with what to do instead`() async throws {
      try await Project.with(mount: .file, start: false) { project in
        for colour in Colour.allCases {
          try FileManager.default.removeItem(at: project.source(colour))
        }
        try project.edit("nginx/nginx.conf", ["include service.conf;": Self.blue])
        try project.edit(
          "docker-compose.yaml",
          [":/etc/nginx/service.conf:ro": ":/etc/nginx/templates/service.conf.template:ro"])
        try await project.start()
        try await project.bgrun(
          exits: 6,
          says: ["nginx/service.conf is a template", "cat /etc/nginx/conf.d/service.conf"])
      }
    }
  }
}
