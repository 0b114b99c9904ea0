import DeployDSL
import DeployRunner
import Foundation
import Testing

extension DockerTests {
  /// What is done without the docker CLI comes out as the docker CLI's.
  @Suite("Without the docker CLI") struct WithoutCLITests {
    @Test("containers, their lists and processes are the same by the socket and by the docker CLI")
    func same() async throws {
      try await Project.with { project in
        let docker = DockerCLI(application: Deploy("grafana") { DetectActive() }.application)
        let proxy = project.container("nginx-proxy")
        let list = docker.containers(ofProject: project.name, service: "nginx-proxy")
        let ids = try await both(list)
        #expect(ids.socket == ids.printed && ids.socket.count == 65, "\(ids)")
        let inspected = try await both(docker.inspect([proxy, project.container("grafana-blue")]))
        let containers = try Container.parse(inspected.socket)
        #expect(containers == (try Container.parse(inspected.printed)))
        #expect(containers.map(\.service) == ["nginx-proxy", "grafana-blue"])
        for name in [proxy, project.container("grafana-blue")] {
          let top = try await both(docker.top(name))
          let rows = Self.rows(top.socket)
          #expect(rows == Self.rows(top.printed) && rows.count > 1, "\(top)")
          // Between two looks a second may begin.
          for (one, other) in zip(Self.ages(top.socket), Self.ages(top.printed)) {
            #expect(abs(one - other) <= 2, "\(top)")
          }
        }
        let workers = ProxyWorkers(top: try await both(docker.top(proxy)).socket)
        #expect(!workers.accepting.isEmpty)
      }
    }

    @Test("Compose says the same whether docker starts it or bgrun")
    func compose() async throws {
      try await Project.with(start: false) { project in
        let docker = DockerCLI(application: Deploy("grafana") { DetectActive() }.application)
        let direct = try await Self.perform(docker.config(), in: project.folder.path)
        let printed = try await Shell.run(docker.config().argv, in: project.folder)
        #expect(direct.output == printed.output && direct.output.hasPrefix("{"))
        let unknown = docker.up("grafana-red", environment: [:])
        let refused = try await Self.perform(unknown, in: project.folder.path)
        let refusal = try await Shell.run(unknown.argv, in: project.folder)
        #expect(
          refused.status == refusal.status && refused.errors.contains("no such service"))
      }
    }

    /// A table of processes without their ages.
    private static func rows(_ table: String) -> Set<[Substring]> {
      Set(words(table).map { Array($0.prefix(1) + $0.dropFirst(2)) })
    }

    private static func ages(_ table: String) -> [Int] {
      words(table).sorted { $0[0] < $1[0] }.compactMap { Int($0[1]) }
    }

    private static func words(_ table: String) -> [[Substring]] {
      table.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0.count > 2 }
    }

    private static func perform(_ command: Command, in folder: String) async throws -> CommandResult
    {
      let operation = HostOperation(.command(command), effect: .observe, timeout: .seconds(20))
      let executor = DockerExecutor(project: folder)
      guard case .command(let result) = try await executor.perform(operation, output: { _ in })
      else { throw OperationError.noAnswer(reason: "no command") }
      return result
    }

    private func both(_ command: Command) async throws -> (socket: String, printed: String) {
      #expect(EngineQuestion(command) != nil, "\(command)")
      let result = try await Self.perform(command, in: "/")
      let printed = try await Shell.run(command.argv)
      return (result.output, printed.output)
    }
  }
}
