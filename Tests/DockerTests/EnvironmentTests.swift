import Foundation
import Testing

extension DockerTests {
  /// What the tool needs is not there: it says so before anything is changed.
  @Suite("A host that is not ready") struct EnvironmentTests {
    @Test("the proxy is not running")
    func proxyDown() async throws {
      try await Project.with { project in
        try await project.compose("stop", "--timeout", "1", "nginx-proxy")
        try await project.expectRefusal(
          6, saying: ["nginx-proxy does not run", "docker compose up -d --no-deps nginx-proxy"],
          direct: true)
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("a service with several containers is refused before one of them is left behind")
    func replicas() async throws {
      try await Project.with { project in
        try project.add("deploy: {replicas: 2}", to: .green)
        try await project.expectRefusal(
          2, saying: ["grafana-green has 2 replicas", "set its replicas to 1"])
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("a proxy with several containers is refused before one of them loses its backend")
    func proxies() async throws {
      try await Project.with { project in
        try project.edit("docker-compose.yaml") {
          $0.replacing(#"    ports: ["${PROXY_PORT:-80}:80"]"# + "\n", with: "")
        }
        try await project.compose("up", "--detach", "--scale", "nginx-proxy=2", "nginx-proxy")
        try await project.expectRefusal(
          6, saying: ["nginx-proxy runs in 2 containers", "--scale nginx-proxy=1"], direct: true)
        #expect(try await !project.isRunning(.green))
        try project.edit("docker-compose.yaml") {
          $0.replacing("  nginx-proxy:\n", with: "  nginx-proxy:\n    deploy: {replicas: 2}\n")
        }
        try await project.expectRefusal(
          2, saying: ["nginx-proxy has 2 replicas", "set its replicas to 1"], direct: true)
      }
    }

    @Test("the proxy ends while the target boots: nobody is said to serve")
    func proxyEnds() async throws {
      try await Project.with(settings: [.green: ["BOOT": "3"]]) { project in
        async let deploy = project.bgrun()
        try await project.waitUntilRunning(.green)
        try await project.compose("stop", "--timeout", "1", "nginx-proxy")
        let ended = try await deploy
        // Nothing was switched, but the previous version does not serve either.
        #expect(ended.status == 4, "\(ended)")
        #expect(ended.errors.contains("the proxy nginx-proxy does not run: it exited"), "\(ended)")
        #expect(ended.errors.contains("docker logs"), "\(ended)")
        #expect(!ended.text.contains("still serves"), "\(ended)")
        #expect(try await project.isRunning(.blue))
        #expect(try await !project.isRunning(.green))
      }
    }

    @Test("colours that are only started by name, and lean on what is, are found and started")
    func profiles() async throws {
      try await Project.with { project in
        for colour in Colour.allCases {
          try project.add("profiles: [\(colour)]", to: colour)
          try project.add("depends_on: [data]", to: colour)
        }
        try project.edit("docker-compose.override.yaml") {
          $0 + "  data:\n    image: bgruntest-app:12.4\n    profiles: [data]\n"
        }
        let ended = try await project.bgrun()
        #expect(ended.status == 0, "\(ended)")
        try await project.expect(live: .green, "\(ended)")
      }
    }

    @Test("a proxy that closes what it does not know cannot prove itself by an answer")
    func closedByDefault() async throws {
      try await Project.with { project in
        for path in ["nginx/service.conf"] + Colour.allCases.map({ "nginx/service_\($0).conf" }) {
          try project.edit(path) {
            "server { listen 80 default_server; return 444; }\n"
              + $0.replacing("listen 80;", with: #"listen 80; server_name ~^shop\.;"#)
          }
        }
        let proxy = project.container("nginx-proxy")
        _ = try await Shell.run(["docker", "exec", proxy, "nginx", "-s", "reload"])
        let ended = try await project.bgrun()
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.errors.contains("only nginx's processes prove"), "\(ended)")
        #expect(try await project.isRunning(.green))
        #expect(try Data(contentsOf: project.site) == Data(contentsOf: project.source(.green)))
        // Nor can the way back.
        let back = try await project.bgrun(plan: project.planFailingAfterTheSwitch())
        #expect(back.status == 3, "\(back)")
        #expect(try Data(contentsOf: project.site) == Data(contentsOf: project.source(.green)))
      }
    }

    @Test("there is no docker on the PATH")
    func noDocker() async throws {
      try await Project.with { project in
        let path = try PathWithoutDocker(in: project.folder).value
        try await project.expectRefusal(
          6, saying: ["docker", "PATH"], environment: ["PATH": path])
      }
    }

    @Test("no engine answers")
    func noEngine() async throws {
      try await Project.with { project in
        try await project.expectRefusal(
          6, saying: ["Docker", "unix:///nowhere/docker.sock"],
          environment: ["DOCKER_HOST": "unix:///nowhere/docker.sock"])
      }
    }

    @Test("Compose does not take the file")
    func brokenComposeFile() async throws {
      try await Project.with { project in
        try project.edit("docker-compose.yaml") { $0 + "\n  oops: [\n" }
        try await project.expectRefusal(
          6, saying: ["cannot read the Compose project", "yaml: line"])
        let status = try await project.bgrun(command: "status")
        #expect(status.status == 6, "\(status)")
      }
    }

    @Test("there is no Compose file")
    func noComposeFile() async throws {
      try await Project.with { project in
        let empty = project.folder.appending(path: "empty")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: false)
        // Compose looks in the folders above too: this one must be away from the project's.
        let folder = FileManager.default.temporaryDirectory.appending(path: "\(project.name)-empty")
        try FileManager.default.moveItem(at: empty, to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await project.expectRefusal(
          6, saying: ["Compose file", "--project"], arguments: ["--project", folder.path])
      }
    }

    @Test("the plan names a service that the project does not have")
    func unknownService() async throws {
      try await Project.with { project in
        let plan = try project.plan {
          $0.replacing(#"Deploy("grafana","#, with: #"Deploy("grafana", green: "grafana-gren","#)
        }
        try await project.expectRefusal(
          2, saying: ["grafana-gren", "grafana-green", "plan.swift:"], plan: plan)
        #expect(try await !project.isRunning(.green))
      }
    }
  }
}

/// Folders with everything that the PATH offers, except docker.
private struct PathWithoutDocker {
  let value: String

  init(in folder: URL) throws {
    let files = FileManager.default
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    var folders: [String] = []
    for (number, entry) in path.split(separator: ":").map(String.init).enumerated() {
      guard files.isExecutableFile(atPath: "\(entry)/docker") else {
        folders.append(entry)
        continue
      }
      let copy = folder.appending(path: "path-\(number)")
      try files.createDirectory(at: copy, withIntermediateDirectories: true)
      for name in try files.contentsOfDirectory(atPath: entry) where !name.hasPrefix("docker") {
        try files.createSymbolicLink(
          atPath: copy.appending(path: name).path, withDestinationPath: "\(entry)/\(name)")
      }
      folders.append(copy.path)
    }
    value = folders.joined(separator: ":")
  }
}
