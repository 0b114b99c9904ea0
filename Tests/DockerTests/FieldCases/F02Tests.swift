import Testing

extension DockerTests {
  /// A variable in a file that a server includes.
  @Suite struct F02Tests {
    /// - Parameter variable: the file's content for blue.
    private static func files(
      _ variable: String, pass: String
    ) -> KeyValuePairs<String, String> {
      [
        "docker-compose.yaml": """
        services:
          spring1:
            image: bgruntest-app:12.4
            ports: ["${GRAFANA_BLUE_PORT}:3000"]
          spring2:
            image: bgruntest-app:12.3
            ports: ["${GRAFANA_GREEN_PORT}:3000"]
          nginx:
            image: bgruntest-nginx:latest
            ports: ["${PROXY_PORT}:80"]
            volumes:
              - ./nginx/application.conf:/etc/nginx/conf.d/application.conf:ro
              - ./nginx/service-url.inc:/etc/nginx/conf.d/service-url.inc:ro
              - ./empty:/etc/nginx/sites-enabled:ro
        """,
        "empty/.keep": "",
        "nginx/application.conf": """
        server {
          listen 80;
          server_name shop.example.com;
          include /etc/nginx/conf.d/service-url.inc;
          location / { resolver 127.0.0.11; proxy_pass \(pass); }
        }
        """,
        "nginx/service-url.inc": variable,
      ]
    }

    @Test(arguments: [
      ("set $service_url http://spring1:3000;\n", "$service_url"),
      ("set $number 1;\n", "http://spring$number:3000"),
    ])
    func `the variable changes, and back`(variable: String, pass: String) async throws {
      try await Project.field(
        { _ in Self.files(variable, pass: pass) }, starting: "nginx", "spring1"
      ) { project in
        let plan = try project.plan(
          of: #""shop", blue: "spring1", green: "spring2", proxy: "nginx", "#
            + #"site: Site("nginx/service-url.inc"), health: "/api/health""#)
        try await project.bgrun(plan: plan, says: ["spring2 serves now"])
        #expect(project.live() == .green)
        #expect(
          try project.read("nginx/service-url.inc")
            == variable.replacing("1;", with: "2;")
            .replacing("spring1", with: "spring2"))
        try await project.bgrun("status", plan: plan, says: ["the proxy answers 200"])
        try await project.bgrun("rollback", plan: plan)
        #expect(try project.read("nginx/service-url.inc") == variable && project.live() == .blue)
      }
    }
  }
}
