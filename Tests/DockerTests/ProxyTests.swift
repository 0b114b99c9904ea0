import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// Other people's layouts of sites: what bgrun finds in them, and what proves a switch there.
  @Suite("Sites") struct ProxyTests {
    private static let green = "server grafana-green:3000;"
    /// nginx accepts it, and answers every request with 502.
    private static let down = "server grafana-green:3000 down;"
    /// Another site, which takes every request that names none.
    private static let other = "server { listen 80 default_server; return 200 other; }\n"

    /// A plan that waits two seconds for the proof of a switch.
    private func plan(
      _ project: Project, _ changes: KeyValuePairs<String, String> = [:]
    ) throws -> URL {
      _ = try project.plan(["Reload()": "Reload(within: 2)"])
      try project.edit("plan.swift", changes)
      return project.folder.appending(path: "plan.swift")
    }

    /// Expects the version that the application's site answers with, asked as a client does.
    private func expect(_ colour: Colour, at words: String...) async throws {
      let answer = try await Shell.run(["curl", "--silent", "--insecure"] + words).output
      #expect(answer.contains(colour.version), "\(answer)")
    }

    /// Deploys to a backend that is down, which must be rolled back, then to a good one.
    private func deployTwice(_ project: Project, plan: URL, site: String) async throws {
      try project.edit("nginx/service_green.conf", [Self.green: Self.down])
      try await project.bgrun(plan: plan, exits: 3, says: ["\(site) answers HTTP 502"])
      try project.edit("nginx/service_green.conf", [Self.down: Self.green])
      try await project.bgrun(plan: plan)
    }

    @Test
    func `another site's good answer proves nothing: a switch to a dead backend is rolled back`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        for path in Project.siteFiles {
          try project.edit(path) {
            Self.other
              + $0.replacing("listen 80;", with: "listen 80; server_name shop.example.com;")
          }
        }
        try await project.reload()
        try await deployTwice(
          project, plan: plan(project), site: "http://shop.example.com at 127.0.0.1:\(project.port)"
        )
        try await expect(
          .green, at: "--header", "Host: shop.example.com",
          "http://127.0.0.1:\(project.port)/api/health")
      }
    }

    @Test func `a site file with the upstream only: the server is found in nginx's other files`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        let server =
          "server { listen 80; server_name shop.example.com; "
          + "location / { proxy_pass http://grafana; } }\n"
        try project.edit(
          "nginx/nginx.conf",
          ["  include service.conf;\n": "  include service.conf;\n\(Self.other)\(server)"])
        for path in Project.siteFiles {
          try project.edit(path) { text in
            String(text[..<(text.range(of: "server {")?.lowerBound ?? text.endIndex)])
          }
        }
        try await project.reload()
        try await deployTwice(
          project, plan: plan(project), site: "http://shop.example.com at 127.0.0.1:\(project.port)"
        )
      }
    }

    @Test(arguments: [nil, "https://shop.example.com"])
    func `a site by TLS, behind the usual redirect`(url: String?) async throws {
      try await Project.with(users: .unwatched) { project in
        let port = project.port + 1
        let made = try await Shell.run(
          [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
            "/CN=shop.example.com", "-keyout", "shop.key", "-out", "shop.pem",
          ], in: project.folder.appending(path: "nginx"))
        try #require(made.status == 0, "\(made)")
        for path in Project.siteFiles {
          try project.edit(path) {
            "server { listen 80; server_name shop.example.com; return 301 https://$host; }\n"
              + $0.replacing(
                "listen 80;",
                with: "listen 443 ssl; server_name shop.example.com; "
                  + "ssl_certificate shop.pem; ssl_certificate_key shop.key;")
          }
        }
        try project.edit(
          "docker-compose.yaml",
          [
            #"["${PROXY_PORT:-80}:80"]"#:
              #"["${PROXY_PORT:-80}:80", "127.0.0.1:\#(port):443"]"#
          ])
        try await project.compose("up", "--detach", "nginx-proxy")
        let deploy = #"Deploy("grafana","#
        let plan = try plan(
          project, [deploy: url.map { #"\#(deploy) site: Site(url: "\#($0)"),"# } ?? deploy])
        try await deployTwice(
          project, plan: plan, site: "https://shop.example.com at 127.0.0.1:\(port)")
        try await expect(.green, at: "https://127.0.0.1:\(port)/api/health")
        try await project.bgrun("status", says: ["the proxy answers 200"])
      }
    }

    @Test func `a proxy in the host's network, which knows the colours by their published ports`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        for path in Project.siteFiles {
          try project.edit(path) { text in
            Colour.allCases.reduce(
              text.replacing("listen 80;", with: "listen 127.0.0.1:\(project.port);")
            ) {
              $0.replacing(
                "server \($1.service):3000;", with: "server 127.0.0.1:\(project.ports[$1] ?? 0);")
            }
          }
        }
        try project.edit(
          "docker-compose.yaml", [#"ports: ["${PROXY_PORT:-80}:80"]"#: "network_mode: host"])
        try await project.compose("up", "--detach", "nginx-proxy")
        try await project.wait(for: .blue)
        let ended = try await project.bgrun(live: .green)
        #expect(!ended.text.contains("no answer has proved"), "\(ended)")
        try await project.bgrun(
          plan: project.plan(#"Run("false")"#, before: "Stop(.previous)"), exits: 3, live: .green)
      }
    }

    @Test func `a proxy that closes unknown requests cannot prove itself by an answer`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        for path in Project.siteFiles {
          try project.edit(path) {
            "server { listen 80 default_server; return 444; }\n"
              + $0.replacing("listen 80;", with: #"listen 80; server_name ~^shop\.;"#)
          }
        }
        try await project.reload()
        try await project.bgrun(plan: plan(project), says: ["only nginx's processes prove"])
        #expect(try await project.running() == [.green])
        #expect(try Data(contentsOf: project.site) == Data(contentsOf: project.source(.green)))
        // Nor can the rollback.
        try await project.bgrun(
          plan: plan(project, ["Stop(.previous)": "Run(\"false\")\n  Stop(.previous)"]), exits: 3)
        #expect(try Data(contentsOf: project.site) == Data(contentsOf: project.source(.green)))
      }
    }

    @Test func `sources that nginx loads directly: a switch would change nothing`() async throws {
      try await Project.with(start: false, users: .onBlue) { project in
        try project.edit(
          "nginx/nginx.conf",
          ["include service.conf;": "resolver 127.0.0.11 valid=5s; include service*.conf;"])
        // Without an upstream nginx only warns.
        for (path, colour) in zip(Project.siteFiles, [Colour.blue, .blue, .green]) {
          try project.write(
            "server { listen 80; server_name _; location / { set $up \(colour.service); "
              + "proxy_pass http://$up:3000; } }\n", to: path)
        }
        try await project.start()
        try await project.bgrun(
          exits: 1, says: [" loads /etc/nginx/service_blue.conf besides "], live: .blue)
      }
    }

    @Test func `another site that leads to one colour only: a switch would take it down`()
      async throws
    {
      try await Project.with(start: false, users: .onBlue) { project in
        let other = "server { listen 81; location / { proxy_pass http://grafana-blue:3000; } }"
        try project.edit(
          "nginx/nginx.conf", ["include service.conf;": "include service.conf; \(other)"])
        try await project.start()
        try await project.bgrun(
          exits: 1, says: ["/etc/nginx/nginx.conf also sends requests to grafana-blue"],
          live: .blue)
      }
    }

    @Test func `containers that were created with --env-file are not replaced without it`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        try project.write("SECRET_KEY=1\n", to: "more.env")
        try await project.compose(
          "--env-file", ".env", "--env-file", "more.env", "up", "--detach", "--no-deps",
          "--force-recreate", "grafana-blue")
        try await project.wait(for: .blue)
        try await project.bgrun(
          exits: 6, says: ["docker compose --env-file", "COMPOSE_ENV_FILES="], live: .blue)
      }
    }

    @Test func `a site file may name the container instead of the service`() async throws {
      try await Project.with { project in
        try project.edit(
          "nginx/service_green.conf",
          ["server grafana-green:": "server \(project.container("grafana-green")):"])
        try await project.bgrun(live: .green)
      }
    }

    // MARK: Several services and containers

    /// Makes the site file a part of a server in nginx.conf, beside a default server.
    private func includeInServer(
      _ project: Project, variables: [String], locations: String
    ) async throws {
      try project.edit(
        "nginx/nginx.conf",
        [
          "  include service.conf;\n": "  server { listen 80 default_server; return 404; }\n"
            + "  server { listen 80; server_name localhost; resolver 127.0.0.11;\n"
            + "    include service.conf;\n    \(locations) }\n"
        ])
      for (path, colour) in zip(Project.siteFiles, [Colour.blue, .blue, .green]) {
        try project.write(
          variables.map { "set $\($0) http://\($0)-\(colour):3000;\n" }.joined(), to: path)
      }
      try await project.reload()
      try await project.wait(for: .blue)
    }

    @Test func `a site file that is included in a server: no bad switch, no false alarm`()
      async throws
    {
      try await Project.with { project in
        try await includeInServer(
          project, variables: ["grafana"], locations: "location / { proxy_pass $grafana; }")
        let plan = try plan(project, ["Stop(": "Watch(for: 3, every: 1)\n  Stop("])
        let compose = "docker-compose.override.yaml"
        try project.add("networks: [back]", to: .green)
        try project.edit(compose) { $0 + "networks:\n  back: {}\n" }
        try await project.bgrun(
          plan: plan, exits: 1,
          says: [
            "nginx-proxy cannot reach grafana-green",
            "write `networks: [back, default]` into grafana-green",
          ], live: .blue)
        try project.edit(compose, ["networks: [back]": "networks: [back, default]"])
        try await project.bgrun(plan: plan, live: .green)
        try await project.bgrun("status", plan: plan, says: ["the proxy answers 200"])
      }
    }

    @Test
    func `two services in one file: refused if one is missing in the plan, else both are checked`()
      async throws
    {
      try await Project.with { project in
        try project.edit("docker-compose.override.yaml") { text in
          Colour.allCases.reduce(text) { text, colour in
            text + "  frontend-\(colour):\n    image: bgruntest-app:\(colour.version)\n"
              + "    environment: { BOOT: \"\(colour == .green ? 4 : 0)\" }\n"
          }
        }
        try await project.compose("up", "--detach", "frontend-blue")
        // What users ask for is the frontend's.
        try await includeInServer(
          project, variables: ["grafana", "frontend"],
          locations: "location / { proxy_pass $grafana; } "
            + "location = /api/health { proxy_pass $frontend; }")
        try await project.bgrun(
          exits: 2,
          says: [
            "also sends requests to frontend-green",
            #"Deploy("grafana", workers: ["frontend"], …)"#,
          ], live: .blue)
        let plan = try project.plan([
          #"Deploy("grafana","#: #"Deploy("grafana", workers: ["frontend"],"#
        ])
        try await project.bgrun(
          plan: plan, says: ["frontend-green is healthy: HTTP 200"], live: .green)
      }
    }

    @Test func `a proxy with several containers is refused before one of them loses its backend`()
      async throws
    {
      try await Project.with(users: .unwatched) { project in
        try project.edit(
          "docker-compose.yaml", [#"    ports: ["${PROXY_PORT:-80}:80"]"# + "\n": ""])
        try await project.compose("up", "--detach", "--scale", "nginx-proxy=2", "nginx-proxy")
        try await project.bgrun(
          exits: 6, says: ["nginx-proxy runs in 2 containers", "--scale nginx-proxy=1"])
        try project.edit(
          "docker-compose.yaml", ["  nginx-proxy:\n": "  nginx-proxy:\n    deploy: {replicas: 2}\n"]
        )
        try await project.bgrun(
          exits: 2, says: ["nginx-proxy has 2 replicas", "set its replicas to 1"])
        #expect(try await project.running() == [.blue])
      }
    }

    // MARK: Which colour is active

    @Test func `a site file that was changed without a reload: both sources are quoted`()
      async throws
    {
      try await Project.with { project in
        try Data(contentsOf: project.source(.green)).write(to: project.site)
        try await project.bgrun(exits: 1, says: ["--active", "blue", "green", "service.conf"])
        #expect(try await project.running() == [.blue])
        #expect(project.live() == .blue)
        try await project.bgrun("--active", "blue", live: .green)
      }
    }

    @Test func `a site file that bgrun has restored does not make the active colour ambiguous`()
      async throws
    {
      try await Project.with { project in
        // Both run: the containers do not tell which one is active.
        try await project.compose("up", "--detach", Colour.green.service)
        // Ages are whole seconds.
        try await Task.sleep(for: .seconds(2))
        try project.edit("nginx/service_green.conf", ["listen 80;": "listen 80"])
        try await project.bgrun(exits: 1)
        try project.edit("nginx/service_green.conf", ["listen 80": "listen 80;"])
        try await project.bgrun("status")
        try await project.bgrun(live: .green)
        // A person's change is still in doubt.
        try await project.compose("up", "--detach", Colour.blue.service)
        try await Task.sleep(for: .seconds(4))
        try Data(contentsOf: project.source(.blue)).write(to: project.site)
        try await project.bgrun(exits: nil, says: ["the active colour is ambiguous"])
      }
    }

    @Test(arguments: [true, false])
    func `a proxy that has loaded the new site file before a failure is rolled back`(
      isRestart: Bool
    ) async throws {
      try await Project.with(users: isRestart ? .unwatched : .served) { project in
        let proxy = project.container("nginx-proxy")
        let words =
          isRestart
          ? ["docker", "restart", "-t", "0", proxy]
          : ["docker", "exec", proxy, "nginx", "-s", "reload"]
        let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
        try await project.bgrun(
          plan: project.plan("Run(\(list)); Run(\"false\")", before: "Reload()"), exits: 3,
          says: ["grafana-blue serves again"], live: .blue)
      }
    }

    @Test func `a site file that is rewritten between SwapNginx and Reload is not loaded`()
      async throws
    {
      try await Project.with(users: .onBlue) { project in
        let copy = #"Run("sh", "-c", "cp nginx/service_blue.conf nginx/service.conf")"#
        try await project.bgrun(
          plan: project.plan(copy, before: "Reload()"), exits: 1, says: ["nginx is not reloaded"],
          live: .blue)
      }
    }
  }
}
