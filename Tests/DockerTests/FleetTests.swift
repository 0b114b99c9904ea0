import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// Deploys of several hosts over SSH, each with a project of its own under load.
  @Suite("Several hosts", .requiresSSH) struct FleetTests {
    /// The plan for some projects as hosts, in waves of one and all others.
    private static func plan(_ projects: [Project]) -> String {
      let hosts = projects.enumerated().map { "\"web\($0 + 1):\($1.folder.path)\"" }
      return """
        import DeployDSL
        @MainActor func deploy() {
          Deploy("grafana", health: "/api/health", hosts: [\(hosts.joined(separator: ", "))]) {
            DetectActive()
            Up(.target)
            Health(retries: 10, every: 1)
            SwapNginx()
            Reload()
            Stop(.previous)
          }
        }
        if Parameter("all", default: "any").value == "or-none" { atomically { deploy() } } else { deploy() }

        """
    }

    // One test: it needs three of the places that tests share.
    @Test("a canary that fails leaves the others untouched; then all are reached, and rolled back")
    func waves() async throws {
      try await Project.with { one in
        try await Project.with { two in
          try await Project.with { three in
            let projects = [one, two, three]
            let server = try await SSHServer()
            let folder = server.folder
            func bgrun(_ words: String...) async throws -> Ended {
              try await Shell.run(
                [Repository.bgrun.path] + words + [folder.appending(path: "p.swift").path],
                in: folder, environment: server.environment)
            }
            try Data(Self.plan(projects).utf8).write(to: folder.appending(path: "p.swift"))

            try one.set([.green: ["UNHEALTHY": "1"]])
            let canary = try await bgrun("deploy")
            #expect(canary.status == 1, "\(canary)")
            #expect(canary.text.contains("not started, because web1:"), "\(canary)")
            for project in [two, three] {
              #expect(try await project.running() == [.blue])
              let state = project.folder.appending(path: ".bgrun").path
              #expect(!FileManager.default.fileExists(atPath: state))
            }
            try await one.expect(live: .blue)

            try one.set([:])
            let start = ContinuousClock.now
            let all = try await bgrun("deploy")
            print("three hosts in two waves: \(start.duration(to: .now))")
            #expect(all.status == 0 && all.text.contains("3 of 3 done"), "\(all)")
            for project in projects { try await project.expect(live: .green) }
            let status = try await bgrun("status")
            #expect(status.status == 0 && !status.text.contains("differ"), "\(status)")

            try three.set([.blue: ["UNHEALTHY": "1"]])
            let atomic = try await bgrun("deploy", "--set", "all=or-none")
            #expect(atomic.status == 3, "\(atomic)")
            #expect(atomic.text.contains("rolled back, because web3:"), "\(atomic)")
            for project in projects { try await project.expect(live: .green) }
          }
        }
      }
    }
  }
}
