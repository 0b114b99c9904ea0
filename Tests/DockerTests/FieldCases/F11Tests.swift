import Testing

extension DockerTests {
  /// Health by a `HEALTHCHECK` that Docker runs seldom.
  @Suite struct F11Tests {
    private static func files(_ green: String) -> KeyValuePairs<String, String> {
      [
        "docker-compose.yaml": """
        services:
          app-blue:
            image: bgruntest-app:12.4
            expose: ["3000"]
          app-green:
            image: bgruntest-app:12.3
            expose: ["3000"]
            environment: { BOOT: "2" }
            healthcheck:
              \(green)
          nginx:
            image: bgruntest-nginx:latest
            ports: ["${PROXY_PORT}:80"]
            volumes: ["./nginx:/etc/nginx/conf.d:ro", "./empty:/etc/nginx/sites-enabled:ro"]
        """,
        "empty/.keep": "",
        "nginx/app.conf": "server { listen 80; location / { proxy_pass http://app-blue:3000; } }\n",
      ]
    }

    private static let check = "curl -fsS http://localhost:3000/api/health || exit 1"

    /// The default interval, one of minutes with a check that takes a second, and a long start.
    @Test(arguments: [
      "test: \(check)", "{ interval: 5m, test: \"sleep 1; \(check)\" }",
      "{ interval: 30s, start_period: 120s, test: \"\(check)\" }",
    ])
    func `the check runs as soon as the plan asks`(green: String) async throws {
      try await Project.field(
        { _ in Self.files(green) }, starting: "nginx", "app-blue"
      ) { project in
        let plan = try project.plan(
          of: #""app", proxy: "nginx", site: Site("nginx/app.conf"), port: 3000, "#
            + #"health: "/api/health""#, gate: "Health(retries: 15, every: 2)")
        let ended = try await project.bgrun(plan: plan, says: ["its health check passes"])
        #expect(project.live() == .green && ended.seconds < 20)
      }
    }
  }
}
