import DeployDSL
import DeployRunner
import Foundation
import Testing

extension DockerTests {
  /// What the engine says on its socket is what the docker CLI prints.
  @Suite("The engine's socket") struct EngineSocketTests {
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
        let top = try await both(docker.top(proxy))
        let workers = ProxyWorkers(top: top.socket)
        #expect(workers.pids == ProxyWorkers(top: top.printed).pids && !workers.pids.isEmpty)
      }
    }

    private func both(_ command: Command) async throws -> (socket: String, printed: String) {
      #expect(EngineQuestion(command) != nil, "\(command)")
      let operation = HostOperation(.command(command), effect: .observe, timeout: .seconds(20))
      guard
        case .command(let result) = try await DockerExecutor().perform(operation, output: { _ in })
      else { return ("", "") }
      let printed = try await Shell.run(command.argv)
      return (result.output, printed.output)
    }
  }
}
