import Foundation
import Testing

extension DockerTests {
  /// A migration before the switch, in the target's version.
  @Suite struct F15Tests {
    private static let files: KeyValuePairs = [
      "docker-compose.yaml": """
      services:
        app-blue:
          image: bgruntest-app:12.4
          expose: ["3000"]
        app-green: &green
          image: bgruntest-app:${TAG:-12.4}
          expose: ["3000"]
        migrate:
          image: bgruntest-app:${TAG:-12.4}
          command: [sh, -c, "echo migrating to $$VERSION, $TAG"]
          profiles: [tools]
        nginx:
          image: bgruntest-nginx:latest
          ports: ["${PROXY_PORT}:80"]
          volumes: ["./nginx:/etc/nginx/conf.d:ro", "./empty:/etc/nginx/sites-enabled:ro"]
      """,
      "empty/.keep": "",
      "nginx/app.conf": "server { listen 80; location / { proxy_pass http://app-blue:3000; } }\n",
    ]

    @Test func `compose run, Job and a shell see the plan's version`() async throws {
      try await Project.field({ _ in Self.files }, starting: "nginx", "app-blue") { project in
        let plan = try project.plan(
          of: #""app", proxy: "nginx", site: Site("nginx/app.conf"), port: 3000, "#
            + #"health: "/api/health", environment: ["TAG": tag]"#,
          gate: """
            Run("docker", "compose", "run", "--rm", "--no-deps", "-T", "migrate")
              Job("migrate")
              Run("sh", "-c", "echo TAG=[$TAG]")
              Health(retries: 10, every: 1)
            """)
        try project.edit(
          "field.swift", ["Deploy(": "let tag = Parameter(required: \"tag\")\n\nDeploy("])
        let ended = try await project.bgrun(
          "run", "--set", "tag=12.3", plan: plan, says: ["TAG=[12.3]"])
        #expect(ended.text.components(separatedBy: "migrating to 12.3, 12.3").count == 3)
        #expect(project.live() == .green)
      }
    }
  }
}
