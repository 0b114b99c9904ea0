import Testing

extension DockerTests {
  /// Another site is nginx's default, and a target that the proxy cannot reach.
  @Suite struct F03Tests {
    private static let files: KeyValuePairs = [
      "docker-compose.yaml": """
      services:
        spring1:
          image: bgruntest-app:12.4
          ports: ["${GRAFANA_BLUE_PORT}:3000"]
          networks: [edge]
        spring2:
          image: bgruntest-app:12.3
          ports: ["${GRAFANA_GREEN_PORT}:3000"]
          networks: [back]
        nginx:
          image: bgruntest-nginx:latest
          ports: ["${PROXY_PORT}:80"]
          networks: [edge]
          volumes: ["./nginx/conf.d:/etc/nginx/conf.d:ro", "./empty:/etc/nginx/sites-enabled:ro"]
      networks: { edge: {}, back: {} }
      """,
      "empty/.keep": "",
      "nginx/conf.d/default.conf": "server { listen 80 default_server; return 404; }\n",
      "nginx/conf.d/app.conf": """
      server {
        listen 80;
        server_name shop.example.com;
        include /etc/nginx/conf.d/service-url.inc;
        location / { resolver 127.0.0.11; proxy_pass $service_url; }
      }
      """,
      "nginx/conf.d/service-url.inc": "set $service_url http://spring1:3000;\n",
    ]

    private func answer(_ project: Project) async throws -> String {
      try await Shell.output(
        "curl", "-s", "-H", "Host: shop.example.com", "http://127.0.0.1:\(project.port)/api/health")
    }

    @Test func `a target out of reach is refused, and a sound one is watched on its own site`()
      async throws
    {
      try await Project.field(
        { _ in Self.files }, starting: "nginx", "spring1", users: .unwatched
      ) { project in
        let plan = try project.plan(
          of: #""shop", blue: "spring1", green: "spring2", proxy: "nginx", "#
            + #"site: Site("nginx/conf.d/service-url.inc"), health: "/api/health""#,
          after: "Watch(for: 2)")
        try await project.bgrun(
          plan: plan, exits: 1,
          says: ["nginx cannot reach spring2", "networks: [back, edge]", "spring1 still serves"])
        #expect(try await answer(project).contains("12.4"))
        try project.edit("docker-compose.yaml", ["networks: [back]": "networks: [back, edge]"])
        try await project.bgrun(plan: plan, says: ["answers through the proxy"])
        #expect(try await answer(project).contains("12.3"))
        try await project.bgrun("status", plan: plan, says: ["the proxy answers 200"])
      }
    }
  }
}
