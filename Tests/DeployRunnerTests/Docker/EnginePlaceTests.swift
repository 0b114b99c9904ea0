import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

@Suite("An engine of another machine")
struct EnginePlaceTests {
  /// A host whose docker CLI says where its engine is.
  private struct Elsewhere: WrappingExecutor {
    let base: any Executor
    var endpoint: String
    // What it answers about its engine is as a real one would.
    var isSimulated: Bool { false }
    var machine: String?

    func perform(
      _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
    ) async throws -> OperationResult {
      switch operation.request {
      case .call(let call) where call == DockerCLI.endpoint: .answer(HostAnswer(.names([endpoint])))
      case .call(let call) where call == DockerCLI.machine:
        machine.map { .answer(HostAnswer(.names([$0]))) }
          ?? .command(CommandResult(status: 1, errors: "no answer"))
      default: try await base.perform(operation, output: output)
      }
    }
  }

  private static let plan = Deploy("shop") {
    DetectActive()
    Up(.target)
  }

  private func run(
    _ endpoint: String, _ machine: String?, dry: Bool = false
  ) async throws -> (report: RunReport, host: SimulatedHost) {
    let host = SimulatedHost(for: Self.plan)
    let executor = Elsewhere(base: MockExecutor(host), endpoint: endpoint, machine: machine)
    let runner = Deployer(executor: executor, options: RunOptions(isDryRun: dry))
    return (try await runner.run(Self.plan), host)
  }

  @Test(
    arguments: ["ssh://deploy@web1", "tcp://10.0.0.7:2375", "tcp://127.0.0.1:2375"], [false, true])
  func `nothing begins`(endpoint: String, dry: Bool) async throws {
    let (report, host) = try await run(endpoint, "web1\t6.1.0\t1024", dry: dry)
    #expect(report.exitCode == 6 && host.commands.isEmpty, "\(report)")
    #expect(
      report.failure?.message
        == "the Docker engine at \(endpoint) is on another machine (web1), but site file, health "
        + "checks, lock and journal would be on this machine")
    let executor = Elsewhere(
      base: .mock(host), endpoint: endpoint, machine: "web1\t6.1.0\t1024")
    await #expect(throws: DeployError.self) {
      try await Deployer(executor: executor).status(of: Self.plan.application)
    }
  }

  @Test(arguments: ["unix:///var/run/docker.sock", "unix:///tmp/forwarded.sock", "", "?"])
  func `a local socket is this machine's`(endpoint: String) async throws {
    let (report, _) = try await run(endpoint, "web1\t6.1.0\t1024")
    #expect(report.outcome == .succeeded, "\(report)")
  }

  @Test func `an engine that gives this machine's name, kernel and memory is its own`()
    async throws
  {
    let (report, _) = try await run("tcp://127.0.0.1:2375", EnginePlace.thisMachine)
    #expect(report.outcome == .succeeded, "\(report)")
    // One that does not answer is explained by the first command.
    #expect(try await run("tcp://127.0.0.1:2375", nil).report.outcome == .succeeded)
  }
}
