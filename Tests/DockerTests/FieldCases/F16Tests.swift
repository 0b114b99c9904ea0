import Foundation
import Testing

extension DockerTests {
  /// Several containers for each colour.
  @Suite("F16: replicas") struct F16Tests {
    private func with(
      replicas: Int?, _ body: (Project) async throws -> Void
    ) async throws {
      try await Project.with(start: false) { project in
        for colour in Colour.allCases {
          try project.add("ports: !reset []\n    expose: [\"3000\"]", to: colour)
          if let replicas { try project.add("deploy: {replicas: \(replicas)}", to: colour) }
        }
        try await project.start()
        try await body(project)
      }
    }

    private func running(_ colour: Colour, in project: Project) async throws -> Int {
      let filters = ["project=\(project.name)", "service=\(colour.service)"]
        .flatMap { ["--filter", "label=com.docker.compose.\($0)"] }
      return try await Shell.run(["docker", "ps", "--quiet"] + filters).output
        .split(separator: "\n").count
    }

    private func expect(
      _ blue: Int, _ green: Int, in project: Project, _ place: SourceLocation = #_sourceLocation
    ) async throws {
      #expect(try await running(.blue, in: project) == blue, sourceLocation: place)
      #expect(try await running(.green, in: project) == green, sourceLocation: place)
    }

    @Test func `as many as the Compose file says`() async throws {
      try await with(replicas: 2) { project in
        try await project.bgrun(
          says: [
            "grafana-green is healthy", "2 of 2 containers", "grafana-blue (2 containers) stopped",
          ])
        try await expect(0, 2, in: project)
        try await project.bgrun("status", says: ["grafana-green: 2 of 2 running"])
        try await project.bgrun(
          "logs", says: ["green \(project.name)-grafana-green-2 | logger=http.server"])
        try await project.bgrun("rollback")
        try await expect(2, 0, in: project)
        // One is gone.
        let name = "\(project.name)-grafana-blue-2"
        try await Shell.output("docker", "kill", name)
        try await project.bgrun("status", exits: 1, says: ["grafana-blue: 1 of 2 running"])
        try await Shell.output("docker", "start", name)
        try await Task.sleep(for: .seconds(3))
        try await project.bgrun(says: ["was started after nginx had looked up its address"])
        try await expect(0, 2, in: project)
      }
    }

    @Test func `killed and resumed`() async throws {
      try await with(replicas: 2) { project in
        try await project.bgrun(fault: .init(.killDuring, "compose up"), exits: -9)
        try await project.bgrun("resume", "--undo")
        try await expect(2, 0, in: project)
        try await project.bgrun(fault: .init(.killAfter, "nginx -s reload"), exits: -9)
        try await project.bgrun("resume")
        try await expect(0, 2, in: project)
        #expect(project.live() == .green)
      }
    }

    @Test func `a service that was scaled manually keeps its capacity`() async throws {
      try await with(replicas: nil) { project in
        try await project.compose("up", "--detach", "--scale", "grafana-blue=2", "grafana-blue")
        try await project.reload()
        try await project.bgrun(says: ["grafana-green gets 2 containers: grafana-blue has 2"])
        try await expect(0, 2, in: project)
      }
    }

    @Test func `a published port allows only one`() async throws {
      try await Project.with { project in
        try project.add("deploy: {replicas: 2}", to: .green)
        try await project.bgrun(
          exits: 2,
          says: ["grafana-green is to run in 2 containers", "the published port", "replicas: 1"])
      }
    }
  }
}
