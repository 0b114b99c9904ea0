package import DeployDSL
package import DeployRunner
package import DeploySimulator

/// A simulated grafana and what tests ask of it.
package struct HostUnderTest {
  package static let application = Deploy("grafana", port: 3000, health: "/api/health") {}
    .application

  package let host: SimulatedHost
  package let executor: MockExecutor
  package let docker = DockerCLI(application: Self.application)

  package init(
    live: Color? = .blue, mount: SimulatedState.SiteMount = .file,
    _ change: (inout SimulatedState) -> Void = { _ in }
  ) {
    host = SimulatedHost(for: Self.application, live: live, mount: mount, change)
    executor = .mock(host)
  }

  package static let proxy = "grafana-nginx-proxy-1"
  package static let blue = "grafana-grafana-blue-1"
  package static let green = "grafana-grafana-green-1"

  package func run(_ call: HostCall, timeout: Duration = .seconds(300)) async throws
    -> CommandResult
  {
    try await perform(.call(call), timeout: timeout).printed ?? CommandResult(status: -1)
  }

  package func run(_ argv: String...) async throws -> CommandResult {
    try await perform(.command(Command(argv))).printed ?? CommandResult(status: -1)
  }

  package func ask(_ call: HostCall) async throws -> OperationResult {
    try await perform(.call(call))
  }

  package func value(_ call: HostCall) async throws -> HostAnswer.Value? {
    try await ask(call).value
  }

  private func perform(
    _ request: HostOperation.Request, timeout: Duration = .seconds(300)
  ) async throws -> OperationResult {
    let operation = HostOperation(request, effect: .change, timeout: timeout)
    return try await executor.perform(operation, output: { _ in })
  }

  package func get(_ url: String, timeout: Duration = .seconds(5)) async throws -> HTTPAnswer? {
    let operation = HostOperation(.http(url: url), effect: .verify, timeout: timeout)
    if case .http(let answer) = try await executor.perform(operation, output: { _ in }) {
      return answer
    }
    return nil
  }

  package func write(_ text: String, _ method: FileWrite.Method = .inPlace) async throws {
    try await executor.writeSite(text, method)
  }

  package func read(_ path: String) async throws -> FileSnapshot? {
    let operation = HostOperation(.readFile(path: path), effect: .observe, timeout: .seconds(5))
    if case .file(let snapshot) = try await executor.perform(operation, output: { _ in }) {
      return snapshot
    }
    return nil
  }

  package func up(_ service: String, _ environment: [String: EnvironmentValue] = [:]) async throws
    -> CommandResult
  {
    try await run(docker.up(ServiceID(service), environment: environment))
  }

  package func wait(_ time: Duration) async throws { try await host.clock.sleep(for: time) }

  package func inspect(_ name: String) async throws -> Container? {
    guard case .containers(let found) = try await value(docker.inspect([name])) else { return nil }
    return found.first
  }

  package func workers() async throws -> ProxyWorkers {
    guard case .processes(let table) = try await value(DockerCLI.top(Self.proxy)) else {
      return ProxyWorkers(ProcessTable())
    }
    return ProxyWorkers(table)
  }
}
