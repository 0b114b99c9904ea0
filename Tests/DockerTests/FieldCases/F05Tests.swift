import Foundation
import Testing

extension DockerTests {
  /// Two applications with static upstreams in the whole nginx.conf.
  @Suite struct F05Tests {
    private static func configuration(_ color: String) -> String {
      """
      events {}
      http {
        upstream frontend { server frontend-\(color):3000; }
        upstream backend { server backend-\(color):3000; }
        server {
          listen 80;
          location / { proxy_pass http://frontend; }
          location /api/ { proxy_pass http://backend; }
        }
      }

      """
    }

    private static let files: KeyValuePairs = [
      "docker-compose.yaml": "services:\n"
        + [("blue", "12.4"), ("green", "12.3")].flatMap { color, version in
          ["backend", "frontend"].map {
            "  \($0)-\(color):\n    image: bgruntest-app:\(version)\n    expose: [\"3000\"]\n"
          }
        }.joined() + """
            nginx:
              image: bgruntest-nginx:latest
              ports: ["${PROXY_PORT}:80"]
              volumes: ["./proxy/nginx.conf:/etc/nginx/nginx.conf:ro"]
          """,
      "proxy/nginx.conf": configuration("blue"),
      "proxy/nginx.blue.conf": configuration("blue"),
      "proxy/nginx.green.conf": configuration("green"),
    ]

    @Test func `sources that cover more than the plan are refused at once; one file is enough`()
      async throws
    {
      try await Project.field(
        { _ in Self.files }, starting: "nginx", "backend-blue", "frontend-blue"
      ) { project in
        let two = try project.plan(
          of: #""backend", proxy: "nginx", site: Site("proxy/nginx.conf", "#
            + #"blue: "proxy/nginx.blue.conf", green: "proxy/nginx.green.conf"), "#
            + #"port: 3000, health: "/api/health""#)
        try await project.bgrun(
          plan: two, exits: 2,
          says: ["also sends requests to frontend-green", #"workers: ["frontend"]"#])
        let started = try await project.compose("ps", "--all", "--services")
        #expect(!started.contains("green"))
        let one = try project.plan(
          of: #""backend", proxy: "nginx", site: Site("proxy/nginx.conf"), "#
            + #"port: 3000, health: "/api/health""#)
        try await project.bgrun(plan: one)
        #expect(project.live() == .green)
        #expect(
          try project.read("proxy/nginx.conf")
            == Self.configuration("blue").replacing("backend-blue", with: "backend-green"))
      }
    }
  }
}
