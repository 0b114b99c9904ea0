import Foundation
import Testing

extension DockerTests {
  /// One Compose file for each colour, and one for nginx.
  @Suite("F07: several Compose files") struct F07Tests {
    private static let files: KeyValuePairs = [
      "docker-compose.blue.yml": """
      services:
        app-blue: { image: "bgruntest-app:12.4", environment: { COLOUR: blue } }
      """,
      "docker-compose.green.yml": """
      services:
        app-green: { image: "bgruntest-app:12.3", environment: { COLOUR: green } }
      """,
      "docker-compose.nginx.yml": """
      services:
        nginx:
          image: bgruntest-nginx:latest
          ports: ["${PROXY_PORT}:80"]
          volumes: ["./nginx/active.conf:/etc/nginx/sites-enabled/default:ro"]
      """,
      "nginx/active.conf":
        "server { listen 80; location / { proxy_pass http://app-blue:3000; } }\n",
    ]
    private static let list =
      "docker-compose.nginx.yml:docker-compose.blue.yml:docker-compose.green.yml"
    private static let arguments =
      #""shop", blue: "app-blue", green: "app-green", "#
      + #"proxy: "nginx", site: Site("nginx/active.conf"), port: 3000, health: "/api/health""#

    @Test func `named in the plan, in the environment and in .env`() async throws {
      try await Project.bare(Self.files) { project in
        let files = Self.list.split(separator: ":").map(String.init)
        try await project.compose(files.flatMap { ["-f", $0] }, "up", "-d", "nginx", "app-blue")
        try await project.serve()
        let names = files.map { "\"\($0)\"" }.joined(separator: ", ")
        let plan = try project.plan(
          of: Self.arguments.replacing("proxy:", with: "compose: [\(names)], proxy:"),
          after: #"Run("sh", "-c", "echo $COMPOSE_FILE; docker compose ps")"#)
        let first = try await project.bgrun(plan: plan, says: ["app-green serves now"])
        #expect(!first.text.contains("no configuration file"))
        #expect(project.live() == .green)
        try await project.bgrun("rollback", plan: plan, says: ["app-blue serves now"])

        let bare = try project.plan(of: Self.arguments)
        try await project.bgrun(
          plan: bare, environment: ["COMPOSE_FILE": Self.list], says: ["app-green serves now"])
        try project.edit(".env") { $0 + "COMPOSE_FILE=\(Self.list)\n" }
        // Without --project: the folder's .env says that it is the project.
        let ended = try await Shell.run([Repository.bgrun.path, bare.path], in: project.folder)
        #expect(ended.status == 0 && ended.text.contains("app-blue serves now"), "\(ended)")
        try await project.bgrun("status", plan: bare, says: ["app-blue serves"])
      }
    }

    @Test func `a missing one is named`() async throws {
      try await Project.bare(Self.files, users: .unwatched) { project in
        let plan = try project.plan(
          of: Self.arguments.replacing(
            "proxy:", with: #"compose: ["docker-compose.nginx.yml", "blue.yml"], proxy:"#))
        let ended = try await Shell.run(
          [Repository.bgrun.path, plan.path, "--dry-run"], in: project.folder)
        #expect(
          ended.status == 6 && ended.text.contains("\(project.folder.path)/blue.yml"), "\(ended)")
      }
    }
  }
}
