import DeployDSL
import DeployRunner
import Foundation
import Testing

extension DockerTests {
  /// What is done without the docker CLI comes out as the docker CLI's.
  @Suite("Without the docker CLI") struct WithoutCLITests {
    private static let docker = DockerCLI(
      application: Deploy("grafana") { DetectActive() }.application)

    @Test
    func `containers, their lists and processes are the same by the socket and by the docker CLI`()
      async throws
    {
      try await Project.with { project in
        let docker = Self.docker
        let proxy = project.container("nginx-proxy")
        let list = docker.containers(ofProject: project.name, service: "nginx-proxy")
        guard case (.list(let ids), .list(let printed)) = try await both(list) else {
          return #expect(Bool(false), "no lists")
        }
        #expect(ids.map(\.name) == printed.map(\.name) && ids.count == 1, "\(ids) \(printed)")
        let inspected = try await both(docker.inspect([proxy, project.container("grafana-blue")]))
        #expect(inspected.0 == inspected.1)
        for name in [proxy, project.container("grafana-blue")] {
          guard
            case (.processes(let one), .processes(let other)) = try await both(DockerCLI.top(name))
          else { return #expect(Bool(false), "no processes") }
          let (rows, others) = (
            one.rows.sorted { $0.pid < $1.pid }, other.rows.sorted { $0.pid < $1.pid }
          )
          #expect(
            rows.map(\.pid) == others.map(\.pid) && !rows.isEmpty && one.isWhole && other.isWhole)
          #expect(rows.map(\.command) == others.map(\.command))
          for (row, other) in zip(rows, others) {
            // Between two looks a second may begin.
            let difference = try #require(row.age) - #require(other.age)
            #expect(difference <= .seconds(2) && difference >= .seconds(-2))
          }
          #expect(name != proxy || !ProxyWorkers(one).accepting.isEmpty)
        }
      }
    }

    @Test func `Compose says the same whether docker starts it or bgrun`() async throws {
      try await Project.with(start: false) { project in
        let call = Self.docker.config()
        let direct = try await Self.perform(call, in: project.folder.path)
        let printed = try await Shell.run(call.command.argv, in: project.folder)
        #expect(direct == call.answer(from: CommandResult(status: 0, output: printed.output)))
        let unknown = Self.docker.up("grafana-red", environment: [:])
        let refused = try await Self.perform(unknown, in: project.folder.path)
        let refusal = try await Shell.run(unknown.command.argv, in: project.folder)
        guard case .command(let result) = refused else { return #expect(Bool(false)) }
        #expect(result.status == refusal.status && result.errors.contains("no such service"))
      }
    }

    private static func perform(
      _ call: HostCall, in folder: String
    ) async throws -> OperationResult {
      let operation = HostOperation(.call(call), effect: .observe, timeout: .seconds(20))
      return try await DockerExecutor(project: folder).perform(operation, output: { _ in })
    }

    /// What the executor answers, and what the docker CLI's output means.
    private func both(
      _ call: HostCall
    ) async throws -> (HostAnswer.Value, HostAnswer.Value) {
      let direct = try await Self.perform(call, in: "/")
      let result = try await Shell.run(call.command.argv)
      let printed = call.answer(
        from: CommandResult(status: result.status, output: result.output, errors: result.errors))
      guard case (.answer(let one), .answer(let other)) = (direct, printed) else {
        throw OperationError.noAnswer(reason: "\(direct), \(printed)")
      }
      return (one.value, other.value)
    }
  }
}
