import Foundation
import Testing

extension DockerTests {
  /// One nginx for several sites, and by TLS: what proves a switch is the application's own site.
  @Suite("Where the site is asked for") struct SiteAddressTests {
    private static let files =
      ["nginx/service.conf"] + Colour.allCases.map { "nginx/service_\($0).conf" }

    private static let green = "server grafana-green:3000;"
    /// What nginx accepts, and answers every request for with 502.
    private static let down = "server grafana-green:3000 down;"

    /// Another site that takes every request which names none.
    private static let other = "server { listen 80 default_server; return 200 other; }\n"

    private func reload(_ project: Project) async throws {
      let proxy = project.container("nginx-proxy")
      let ended = try await Shell.run(["docker", "exec", proxy, "nginx", "-s", "reload"])
      try #require(ended.status == 0, "\(ended)")
    }

    /// What the application's site answers, asked as a client does.
    private func answer(_ project: Project, _ words: String...) async throws -> String {
      let ended = try await Shell.run(["curl", "--silent", "--insecure"] + words)
      return ended.output
    }

    @Test("another site's good answer proves nothing: a switch to a dead backend is taken back")
    func names() async throws {
      try await Project.with { project in
        for path in Self.files {
          try project.edit(path) {
            Self.other
              + $0.replacing("listen 80;", with: "listen 80; server_name shop.example.com;")
          }
        }
        try project.edit("nginx/service_green.conf") { $0.replacing(Self.green, with: Self.down) }
        try await reload(project)
        let refused = try await project.bgrun()
        #expect(refused.status == 3, "\(refused)")
        #expect(
          refused.errors.contains(
            "http://shop.example.com at 127.0.0.1:\(project.port) answers HTTP 502"), "\(refused)")
        let url = "http://127.0.0.1:\(project.port)/api/health"
        let live = try await answer(project, "--header", "Host: shop.example.com", url)
        #expect(live.contains(Colour.blue.version), "\(live)")

        try project.edit("nginx/service_green.conf") { $0.replacing(Self.down, with: Self.green) }
        let ended = try await project.bgrun()
        #expect(ended.status == 0, "\(ended)")
        let after = try await answer(project, "--header", "Host: shop.example.com", url)
        #expect(after.contains(Colour.green.version), "\(after)")
      }
    }

    @Test("a port where the target does not listen is found before the switch")
    func deadPort() async throws {
      try await Project.with { project in
        try project.edit("nginx/service_green.conf") { $0.replacing("3000", with: "3999") }
        try await project.expectRefusal(
          1, saying: ["nginx/service_green.conf sends requests to grafana-green:3999", "3000"])
        try project.edit("nginx/service_green.conf") { $0.replacing("3999", with: "3000") }
        let ended = try await project.bgrun()
        #expect(ended.status == 0, "\(ended)")
      }
    }

    @Test("a site file with the upstream only: the server is found in nginx's other files")
    func upstreamOnly() async throws {
      try await Project.with { project in
        let server =
          "server { listen 80; server_name shop.example.com; "
          + "location / { proxy_pass http://grafana; } }\n"
        try project.edit("nginx/nginx.conf") {
          $0.replacing(
            "  include service.conf;\n", with: "  include service.conf;\n\(Self.other)\(server)")
        }
        for path in Self.files {
          try project.edit(path) {
            String($0[..<($0.range(of: "server {")?.lowerBound ?? $0.endIndex)])
          }
        }
        try project.edit("nginx/service_green.conf") { $0.replacing(Self.green, with: Self.down) }
        try await reload(project)
        let refused = try await project.bgrun()
        #expect(refused.status == 3, "\(refused)")
        #expect(refused.errors.contains("http://shop.example.com at"), "\(refused)")
      }
    }

    @Test("a site by TLS, behind the usual redirect", arguments: [nil, "https://shop.example.com"])
    func tls(url: String?) async throws {
      try await Project.with { project in
        let port = project.port + 1
        try await makeCertificate(in: project)
        for path in Self.files {
          try project.edit(path) {
            "server { listen 80; server_name shop.example.com; return 301 https://$host; }\n"
              + $0.replacing(
                "listen 80;",
                with: "listen 443 ssl; server_name shop.example.com; "
                  + "ssl_certificate shop.pem; ssl_certificate_key shop.key;")
          }
        }
        try project.edit("docker-compose.yaml") {
          $0.replacing(
            #"["${PROXY_PORT:-80}:80"]"#,
            with: #"["${PROXY_PORT:-80}:80", "127.0.0.1:\#(port):443"]"#)
        }
        try await project.compose("up", "--detach", "nginx-proxy")
        try project.edit("nginx/service_green.conf") { $0.replacing(Self.green, with: Self.down) }
        let plan = try project.plan {
          guard let url else { return $0 }
          return $0.replacing(
            #"Deploy("grafana","#, with: #"Deploy("grafana", site: Site(url: "\#(url)"),"#)
        }
        let refused = try await project.bgrun(plan: plan)
        #expect(refused.status == 3, "\(refused)")
        #expect(
          refused.errors.contains("https://shop.example.com at 127.0.0.1:\(port) answers HTTP 502"),
          "\(refused)")
        try project.edit("nginx/service_green.conf") { $0.replacing(Self.down, with: Self.green) }
        let ended = try await project.bgrun(plan: plan)
        #expect(ended.status == 0, "\(ended)")
        let live = try await answer(project, "https://127.0.0.1:\(port)/api/health")
        #expect(live.contains(Colour.green.version), "\(live)")
        let status = try await project.bgrun(command: "status")
        #expect(status.status == 0 && status.output.contains("the proxy answers 200"), "\(status)")
      }
    }

    @Test("a proxy in the host's network, which knows the colours by their ports here")
    func hostNetwork() async throws {
      try await Project.with { project in
        for path in Self.files {
          try project.edit(path) { text in
            var text = text.replacing("listen 80;", with: "listen 127.0.0.1:\(project.port);")
            for colour in Colour.allCases {
              let port = project.ports[colour] ?? 0
              text = text.replacing(
                "server \(colour.service):3000;", with: "server 127.0.0.1:\(port);")
            }
            return text
          }
        }
        try project.edit("docker-compose.yaml") {
          $0.replacing(#"ports: ["${PROXY_PORT:-80}:80"]"#, with: "network_mode: host")
        }
        try await project.compose("up", "--detach", "nginx-proxy")
        try await project.wait(for: .blue)
        let ended = try await project.bgrun()
        #expect(ended.status == 0 && !ended.text.contains("no answer has proved"), "\(ended)")
        try await project.expect(live: .green, "\(ended)")
        let back = try await project.bgrun(plan: project.planFailingAfterTheSwitch())
        #expect(back.status == 3, "\(back)")
        try await project.expect(live: .green, "\(back)")
      }
    }

    private func makeCertificate(in project: Project) async throws {
      let made = try await Shell.run(
        [
          "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
          "/CN=shop.example.com", "-keyout", "shop.key", "-out", "shop.pem",
        ], in: project.folder.appending(path: "nginx"))
      try #require(made.status == 0, "\(made)")
    }
  }
}
