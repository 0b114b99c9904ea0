import Foundation
import Testing

extension DockerTests {
  /// The colours are two Compose projects of one file, nginx is in a third one.
  @Suite("F08: colours in two Compose projects") struct F08Tests {
    private static func files(_ name: String, _ port: Int) -> KeyValuePairs<String, String> {
      [
        "app/docker-compose.yml": """
        services:
          api:
            image: bgruntest-app:${TAG}
            networks: { shared: { aliases: ["${COMPOSE_PROJECT_NAME}-api"] } }
        networks:
          shared: { name: \(name)-net, external: true }
        """,
        "proxy/docker-compose.yml": """
        services:
          nginx:
            image: bgruntest-nginx:latest
            ports: ["127.0.0.1:\(port):80"]
            volumes: ["../nginx:/etc/nginx/conf.d:ro", "../empty:/etc/nginx/sites-enabled:ro"]
            networks: [shared]
        networks:
          shared: { name: \(name)-net, external: true }
        """,
        "empty/.keep": "",
        "nginx/app.conf": """
        upstream api { server \(name)-blue-api:3000; }
        server { listen 80; location / { proxy_pass http://api; } }

        """,
      ]
    }

    private func with(_ body: (Project, _ plan: URL) async throws -> Void) async throws {
      try await Project.bare(Self.files) { project in
        let name = project.name
        try await Shell.output("docker", "network", "create", "\(name)-net")
        var failure: (any Error)?
        do {
          try await project.compose(
            ["-f", "app/docker-compose.yml", "-p", "\(name)-blue"], "up", "-d",
            environment: ["TAG": "12.4"])
          try await project.compose(["-f", "proxy/docker-compose.yml", "-p", name], "up", "-d")
          try await project.serve()
          let colours = Colour.allCases.map { colour in
            "\(colour): .project(\"\(name)-\(colour)\", service: \"api\", "
              + "compose: \"app/docker-compose.yml\", environment: [\"TAG\": \"\(colour.version)\"])"
          }.joined(separator: ", ")
          try await body(
            project,
            try project.plan(
              of: "\"shop\", \(colours), compose: \"proxy/docker-compose.yml\", "
                + "project: \"\(name)\", proxy: \"nginx\", site: Site(\"nginx/app.conf\"), port: 3000, "
                + "health: \"/api/health\""))
        } catch {
          failure = error
        }
        await project.users.check()
        for colour in Colour.allCases { await Project.remove(project: "\(name)-\(colour)") }
        await Project.remove(project: name)
        _ = try await Shell.run(["docker", "network", "rm", "\(name)-net"])
        if let failure { throw failure }
      }
    }

    @Test func `a deploy, a rollback, a killed run and the status`() async throws {
      try await with { project, plan in
        let name = project.name
        try await project.bgrun(
          plan: plan,
          says: ["api (project \(name)-green) serves now", "api (project \(name)-blue) stopped"])
        #expect(project.live() == .green)
        try await project.bgrun(
          "status", plan: plan,
          says: [
            "green     api (project \(name)-green): running",
            "blue      api (project \(name)-blue): exited",
          ])
        try await project.bgrun("rollback", plan: plan)
        #expect(project.live() == .blue)
        try await project.bgrun(plan: plan, fault: .init(.killAfter, "nginx -s reload"), exits: -9)
        try await project.bgrun("resume", "--undo", plan: plan)
        #expect(project.live() == .blue)
        try await project.bgrun(
          plan: plan, fault: .init(.killDuring, "compose --file app"), exits: nil)
        try await project.bgrun("resume", plan: plan, exits: nil)
        #expect(project.liveVersion() != nil)
      }
    }

    @Test func `a name that both have is refused`() async throws {
      try await with { project, plan in
        let name = project.name
        try project.edit("nginx/app.conf", ["\(name)-blue-api": "api"])
        try await project.bgrun(
          plan: plan, exits: 1,
          says: [
            "sends requests to api, a name that both", "nginx would send requests to both colours",
            "\(name)-blue-api-1 or \(name)-green-api-1",
          ])
      }
    }
  }
}
