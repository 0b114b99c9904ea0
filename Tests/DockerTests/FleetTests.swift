import BgrunTestSupport
import Foundation
import Testing

extension DockerTests {
  /// Deploys of several machines over SSH, each with an engine and a project of its own under load.
  @Suite("Several hosts", .requiresSSH, .requiresMachines) struct FleetTests {
    /// The example on a machine.
    private func project(on machine: Machine) throws -> URL {
      let folder = machine.folder.appending(path: "grafana")
      try FileManager.default.copyItem(
        at: Repository.root.appending(path: "Examples/grafana"), to: folder)
      try Data(
        """
        GRAFANA_BLUE_IMAGE=bgruntest-app:12.3
        GRAFANA_GREEN_IMAGE=bgruntest-app:12.4
        PROXY_IMAGE=bgruntest-nginx:latest
        PROXY_PORT=8080

        """.utf8
      ).write(to: folder.appending(path: ".env"))
      try set(healthy: true, "green", in: folder)
      return folder
    }

    /// Makes a colour's next container answer well, or not.
    private func set(healthy: Bool, _ color: String, in folder: URL) throws {
      try Data(
        """
        services:
          grafana-\(color):
            environment: {UNHEALTHY: "\(healthy ? 0 : 1)"}

        """.utf8
      ).write(to: folder.appending(path: "docker-compose.override.yaml"))
    }

    /// The plan for the projects' folders, in waves of one and all others.
    private func plan(_ folders: [URL]) -> String {
      let hosts = folders.enumerated().map { "\"web\($0 + 1):\($1.path)\"" }
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

    // One test: it needs three engines.
    @Test
    func `a canary that fails leaves the others untouched; then all are reached, and rolled back`()
      async throws
    {
      try await Machine.with(machines: 3) { machines in
        let folders = try machines.map(project)
        let ssh = try await SSHServer()
        for (index, machine) in machines.enumerated() {
          try ssh.add(
            "web\(index + 1)", inNamespacesOf: machine.pid,
            variables: [
              "DOCKER_HOST": machine.socket, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
              "XDG_CACHE_HOME": machine.folder.appending(path: "cache").path,
            ])
          try await machine.load(
            "bgruntest-app:12.3", "bgruntest-app:12.4", "bgruntest-nginx:latest")
          try await machine.output(
            "docker", "compose", "up", "--detach", "grafana-blue", "nginx-proxy",
            in: folders[index])
        }
        let file = ssh.folder.appending(path: "p.swift")
        try Data(plan(folders).utf8).write(to: file)
        func bgrun(_ words: String...) async throws -> Ended {
          try await Shell.run(
            [Repository.bgrun.path] + words + [file.path], in: ssh.folder,
            environment: ssh.environment)
        }
        func running(_ index: Int) async throws -> [String] {
          try await machines[index].output(
            "docker", "ps", "--format", "{{.Names}}", "--filter", "name=grafana-grafana"
          ).split(separator: "\n").map(String.init)
        }
        try await waitUntil("all serve", within: .seconds(60)) {
          try await bgrun("status").status == 0
        }
        let loads = machines.map { Load(port: 8080, clients: 2, pause: 40, in: $0.network) }

        try set(healthy: false, "green", in: folders[0])
        let canary = try await bgrun("deploy")
        #expect(canary.status == 1, "\(canary)")
        #expect(canary.text.contains("not started, because web1:"), "\(canary)")
        for index in 1...2 {
          #expect(try await running(index) == ["grafana-grafana-blue-1"])
          let state = folders[index].appending(path: ".bgrun").path
          #expect(!FileManager.default.fileExists(atPath: state))
        }

        try set(healthy: true, "green", in: folders[0])
        let all = try await bgrun("deploy")
        #expect(all.status == 0 && all.text.contains("3 of 3 done"), "\(all)")
        for index in 0...2 { #expect(try await running(index) == ["grafana-grafana-green-1"]) }
        let status = try await bgrun("status")
        #expect(status.status == 0 && !status.text.contains("differ"), "\(status)")

        try set(healthy: false, "blue", in: folders[2])
        let atomic = try await bgrun("deploy", "--set", "all=or-none")
        #expect(atomic.status == 3, "\(atomic)")
        #expect(atomic.text.contains("rolled back, because web3:"), "\(atomic)")
        for index in 0...2 { #expect(try await running(index) == ["grafana-grafana-green-1"]) }

        print("three machines in two waves: \(all.seconds) s")
        for load in loads {
          let tally = await load.stop()
          print("a machine: \(tally)")
          #expect(tally.failed == 0, "\(tally)")
        }
      }
    }
  }
}
