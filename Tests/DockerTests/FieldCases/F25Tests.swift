import Testing

extension DockerTests {
  /// nginx in Docker reaches the colours by the host's ports, in networks of their own.
  @Suite struct F25Tests {
    private static func files(_ project: Project, host: String) -> KeyValuePairs<String, String> {
      let (blue, green) = (project.ports[.blue] ?? 0, project.ports[.green] ?? 0)
      return [
        "docker-compose.yaml": """
        services:
          api-blue:
            image: bgruntest-app:12.4
            ports: ["\(blue):3000"]
            networks: [apps]
          api-green:
            image: bgruntest-app:12.3
            ports: ["\(green):3000"]
            networks: [apps]
          nginx:
            image: bgruntest-nginx:latest
            ports: ["${PROXY_PORT}:80"]
            extra_hosts: ["host.docker.internal:host-gateway"]
            volumes: ["./nginx:/etc/nginx/conf.d:ro", "./empty:/etc/nginx/sites-enabled:ro"]
        networks: { apps: {} }
        """,
        "empty/.keep": "",
        "nginx/api.conf":
          "server { listen 80; location / { proxy_pass http://\(host):\(blue); } }\n",
      ]
    }

    @Test(arguments: ["host.docker.internal", "172.17.0.1"])
    func `the port changes`(host: String) async throws {
      try await Project.field(
        { Self.files($0, host: host) }, starting: "nginx", "api-blue"
      ) { project in
        let plan = try project.plan(
          of: #""api", proxy: "nginx", site: Site("nginx/api.conf"), health: "/api/health""#)
        try await project.bgrun(plan: plan)
        #expect(project.live() == .green)
        #expect(
          try project.read("nginx/api.conf").contains("\(host):\(project.ports[.green] ?? 0)"))
        try await project.bgrun("rollback", plan: plan)
        #expect(project.live() == .blue)
      }
    }
  }
}
