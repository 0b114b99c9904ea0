import Foundation
import Testing

extension DockerTests {
  /// `--executor mock` and `rehearse` in a project: a copy of it is simulated.
  @Suite("Simulated copies of projects") struct SimulatedCopyTests {
    private static let compose = """
      services:
        web: { image: "bgruntest-app:${TAG:-12.4}", expose: [3000], stop_grace_period: 45s }
        web2: { extends: web, image: "bgruntest-app:${TAG:-12.3}" }
        nginx:
          image: bgruntest-nginx:latest
          ports: ["${PROXY_PORT}:80"]
          volumes: ["./conf:/etc/nginx/conf.d:ro"]
      """
    private static let files: KeyValuePairs = [
      "docker-compose.yml": compose,
      "conf/shop.conf": """
      server {
        listen 80;
        location /static/ { proxy_pass https://cdn.example.com; }
        location / { proxy_pass http://web:3000; }
      }

      """,
    ]
    private static let arguments =
      #""shop", blue: "web", green: "web2", proxy: "nginx", site: Site("conf/shop.conf")"#

    @Test func `a project is simulated as its files say, without an engine`() async throws {
      try await Project.bare(Self.files, users: .unwatched) { project in
        let plan = try project.plan(of: Self.arguments)
        let nowhere = ["DOCKER_HOST": "unix:///nonexistent.sock"]
        let before = try project.read("conf/shop.conf")
        let run = try await project.bgrun(
          "--executor", "mock", "--verbose", plan: plan, environment: nowhere,
          says: [
            "12.4 → 12.3", "on a simulated copy of \(project.folder.path)", "web2 serves now",
            "docker stop -t 45 \(project.name)-web-1",
          ])
        #expect(!run.text.contains("note:"))
        #expect(try project.read("conf/shop.conf") == before)
        try await project.bgrun(
          "--executor", "mock", "--dry-run", plan: plan, environment: nowhere,
          says: ["replace conf/shop.conf", "simulated copy"])
        try await project.bgrun(
          "rehearse", plan: plan, environment: nowhere,
          says: ["a simulated copy of \(project.folder.path)", "blue active", "no downtime"])
      }
    }

    @Test func `what is wrong with the project is found on the copy`() async throws {
      try await Project.bare(Self.files, users: .unwatched) { project in
        try await project.bgrun(
          "--executor", "mock",
          plan: try project.plan(of: Self.arguments.replacing("web2", with: "web3")), exits: 2,
          says: ["has no service \"web3\""])
        try await project.bgrun(
          "--executor", "mock", "--invented",
          plan: try project.plan(of: Self.arguments.replacing("web2", with: "web3")),
          says: ["web3 serves now", "(simulated host)"])
      }
    }

    @Test(arguments: ["no docker", "an incomplete file", "no simulation"])
    func `a host is invented where the project cannot be copied, and why`(name: String) async throws
    {
      try await Project.bare(Self.files, users: .unwatched) { project in
        var (environment, reason) = ([String: String](), "")
        switch name {
        case "no docker":
          let bin = project.folder.appending(path: "bin")
          try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
          for program in ["swiftc", "swift", "ld.gold", "clang", "sh"] {
            guard let path = try? await Shell.output("which", program) else { continue }
            try FileManager.default.createSymbolicLink(
              at: bin.appending(path: program), withDestinationURL: URL(filePath: path))
          }
          environment = ["PATH": bin.path]
          reason = "docker"
        case "an incomplete file":
          try project.edit("docker-compose.yml") {
            $0.replacing("${TAG:-12.4}", with: "${TAG:?needed}")
          }
          reason = "TAG"
        default:
          try project.edit("conf/shop.conf") {
            $0.replacing("proxy_pass http://web:3000", with: "fastcgi_pass web:3000")
          }
          reason = "no colour answers through the simulated nginx"
        }
        try await project.bgrun(
          "--executor", "mock", plan: try project.plan(of: Self.arguments),
          environment: environment,
          says: [
            "note: the simulated host is invented, not a copy of the project: ", reason,
            "web2 serves now",
          ])
      }
    }
  }
}
