import Foundation
import Testing

extension DockerTests {
  /// A symbolic link in sites-enabled decides.
  @Suite("F09: a link as the site file") struct F09Tests {
    private static func site(_ colour: Colour) -> String {
      "server { listen 80; location / { proxy_pass http://web-\(colour):3000; } }\n"
    }

    private static let files: KeyValuePairs = [
      "docker-compose.yaml": """
      services:
        web-blue: { image: "bgruntest-app:12.4" }
        web-green: { image: "bgruntest-app:12.3" }
        nginx:
          image: bgruntest-nginx:latest
          ports: ["${PROXY_PORT}:80"]
          volumes:
            - ./nginx/sites-enabled:/etc/nginx/sites-enabled:ro
            - ./nginx/sites-available:/etc/nginx/sites-available:ro
      """,
      "nginx/sites-available/app-blue.conf": site(.blue),
      "nginx/sites-available/app-green.conf": site(.green),
      "nginx/sites-enabled/.keep": "",
    ]

    @Test(arguments: [true, false])
    func `an absolute one is refused with a command that helps, a relative one works`(
      isAbsolute: Bool
    ) async throws {
      try await Project.bare(Self.files) { project in
        let link = project.folder.appending(path: "nginx/sites-enabled/app.conf").path
        try FileManager.default.createSymbolicLink(
          atPath: link,
          withDestinationPath: (isAbsolute ? "/etc/nginx" : "..") + "/sites-available/app-blue.conf"
        )
        try await project.compose([], "up", "-d", "nginx", "web-blue")
        try await project.serve()
        let plan = try project.plan(
          of: #""web", proxy: "nginx", site: Site("nginx/sites-enabled/app.conf", "#
            + #"blue: "nginx/sites-available/app-blue.conf", "#
            + #"green: "nginx/sites-available/app-green.conf"), port: 3000, health: "/api/health""#)
        if isAbsolute {
          let refused = try await project.bgrun(
            plan: plan, exits: 6,
            says: [
              "is a symbolic link to /etc/nginx/sites-available/app-blue.conf, which does not exist",
              "\(project.folder.path)/nginx/sites-available/app-blue.conf here",
            ])
          let fix = try #require(refused.errors.firstMatch(of: /`(ln -sfnr [^`]+)`/)?.1)
          let fixed = try await Shell.run(["sh", "-c", String(fix)], in: project.folder)
          #expect(fixed.status == 0, "\(fixed)")
        }
        try await project.bgrun(plan: plan, says: ["is a symbolic link to ../sites-available"])
        #expect(project.live() == .green)
      }
    }
  }
}
