import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// Two applications in one included file, a variable each.
  @Suite struct F04Tests {
    private static func service(_ name: String, _ version: String) -> String {
      "  \(name):\n    image: bgruntest-app:\(version)\n    expose: [\"3000\"]\n"
        + "    environment: { BOOT: \"2\" }\n"
    }

    private static let blue =
      "set $backend http://backend-blue:3000;\nset $frontend http://frontend-blue:3000;\n"

    private static let files: KeyValuePairs = [
      "docker-compose.yaml": "services:\n"
        + service("backend-blue", "12.4") + service("backend-green", "12.3")
        + service("frontend-blue", "12.4") + service("frontend-green", "12.3") + """
            nginx:
              image: bgruntest-nginx:latest
              ports: ["${PROXY_PORT}:80"]
              volumes:
                - ./conf.d:/etc/nginx/conf.d:ro
                - ./nginx/active.conf:/etc/nginx/active.conf:ro
                - ./empty:/etc/nginx/sites-enabled:ro
          """,
      "empty/.keep": "",
      "conf.d/app.conf": """
      server {
        listen 80;
        server_name bot.example.com;
        resolver 127.0.0.11 valid=10s;
        include /etc/nginx/active.conf;
        location /api/ { proxy_pass $backend; }
        location / { proxy_pass $frontend; }
      }
      """,
      "nginx/active.conf": blue,
    ]

    /// What the failed requests for the frontend during `body` got.
    private func frontendFailures(
      _ project: Project, during body: () async throws -> Void
    ) async throws -> [String] {
      try await waitUntil("the frontend answers") {
        (try? HTTPConnection(port: project.port).get("/", close: true))?.status == 200
      }
      let clients = Task {
        var failed: [String] = []
        while !Task.isCancelled {
          do {
            let answer = try HTTPConnection(port: project.port).get("/", close: true)
            if answer.status != 200 { failed.append("\(answer.status) at \(Date.now)") }
          } catch {
            failed.append("\(error) at \(Date.now)")
          }
          try? await Task.sleep(for: .milliseconds(20))
        }
        return failed
      }
      defer { clients.cancel() }
      try await body()
      clients.cancel()
      return await clients.value
    }

    @Test func `each plan changes its own variable, at once and one after the other`() async throws
    {
      try await Project.field(
        { _ in Self.files }, starting: "nginx", "backend-blue", "frontend-blue"
      ) { project in
        func plan(_ name: String) throws -> URL {
          let plan = try project.plan(
            of: #""\#(name)", proxy: "nginx", site: Site("nginx/active.conf"), port: 3000, "#
              + #"health: "\#(name == "backend" ? "/api/health" : "/")""#)
          try project.write(
            try String(contentsOf: plan, encoding: .utf8), to: "\(name).swift")
          return project.folder.appending(path: "\(name).swift")
        }
        let (backend, frontend) = (try plan("backend"), try plan("frontend"))
        let failed = try await frontendFailures(project) {
          async let one = project.bgrun(plan: backend)
          async let other = project.bgrun(plan: frontend)
          _ = try await (one, other)
          #expect(
            try project.read("nginx/active.conf") == Self.blue.replacing("blue", with: "green"))
          try await project.bgrun("rollback", plan: backend)
          #expect(
            try project.read("nginx/active.conf")
              == Self.blue.replacing("frontend-blue", with: "frontend-green"))
        }
        #expect(failed == [])
      }
    }

    @Test func `one plan for both waits until the slower one answers`() async throws {
      try await Project.field(
        { _ in Self.files }, starting: "nginx", "backend-blue", "frontend-blue"
      ) { project in
        let plan = try project.plan(
          of: #""backend", workers: ["frontend"], proxy: "nginx", "#
            + #"site: Site("nginx/active.conf"), port: 3000, health: "/api/health""#)
        try project.edit("docker-compose.yaml") {
          $0.replacing(
            Self.service("frontend-green", "12.3"),
            with: Self.service("frontend-green", "12.3").replacing("\"2\"", with: "\"5\""))
        }
        let failed = try await frontendFailures(project) {
          try await project.bgrun(plan: plan, says: ["frontend-green is healthy: HTTP 200"])
        }
        #expect(failed == [])
        #expect(project.live() == .green)
      }
    }
  }
}
