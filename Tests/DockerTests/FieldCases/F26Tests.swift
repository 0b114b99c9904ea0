import Testing

extension DockerTests {
  /// Health on a management port, and an application that accepts only its own name as host.
  @Suite struct F26Tests {
    private static let files: KeyValuePairs = [
      "docker-compose.yaml": """
      services:
        shop-blue: &shop
          image: bgruntest-nginx:latest
          ports: ["${GRAFANA_BLUE_PORT}:3000"]
          volumes: ["./app/blue.conf:/etc/nginx/conf.d/app.conf:ro"]
        shop-green:
          image: bgruntest-nginx:latest
          ports: ["${GRAFANA_GREEN_PORT}:3000"]
          volumes: ["./app/green.conf:/etc/nginx/conf.d/app.conf:ro"]
        nginx:
          image: bgruntest-nginx:latest
          ports: ["${PROXY_PORT}:80"]
          volumes: ["./nginx/conf.d:/etc/nginx/conf.d:ro", "./empty:/etc/nginx/sites-enabled:ro"]
      """,
      "empty/.keep": "",
      "app/blue.conf": app("12.4"), "app/green.conf": app("12.3"),
      "nginx/conf.d/shop.conf": """
      server {
        listen 80;
        server_name shop.example.com;
        location / {
          proxy_set_header Host shop.example.com;
          proxy_pass http://shop-blue:3000;
        }
      }

      """,
    ]

    private static func app(_ version: String) -> String {
      """
      server { listen 3000 default_server; return 400 "<title>DisallowedHost at /</title>"; }
      server {
        listen 3000;
        server_name shop.example.com;
        location / { return 200 '{"database":"ok","version":"\(version)"}'; }
      }
      server { listen 9090; location = /actuator/health { return 200 '{"status":"UP"}'; } }
      """
    }

    @Test func `the site's name, the plan's name, another port`() async throws {
      try await Project.field({ _ in Self.files }, starting: "nginx", "shop-blue") { project in
        let deploy =
          #""shop", proxy: "nginx", site: Site("nginx/conf.d/shop.conf"), port: 3000, "#
          + #"health: "/api/health""#
        let named = try project.plan(of: deploy)
        try await project.bgrun(plan: named, says: ["healthy: HTTP 200 (Host: shop.example.com)"])
        #expect(project.live() == .green)
        let port = try project.plan(
          of: deploy, gate: #"Health(.http(port: 9090, "/actuator/health"))"#)
        try await project.bgrun(plan: port)
        #expect(project.live() == .blue)
        let wrong = try project.plan(
          of: deploy, gate: #"Health(host: "www.example.com", via: .proxy, retries: 2, every: 1)"#)
        try await project.bgrun(
          plan: wrong, exits: 1, says: ["HTTP 400 came with: DisallowedHost at /"])
        #expect(project.live() == .blue)
      }
    }
  }
}
