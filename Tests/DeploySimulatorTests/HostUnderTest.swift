import DeployDSL
import DeployRunner
import DeploySimulator

/// A simulated grafana and what tests ask of it.
struct HostUnderTest {
  static let application = Deploy("grafana", port: 3000, health: "/api/health") {}.application

  let host: SimulatedHost
  let executor: MockExecutor
  let docker = DockerCLI(application: Self.application)

  init(
    live: Color? = .blue, mount: SimulatedState.SiteMount = .file,
    _ change: (inout SimulatedState) -> Void = { _ in }
  ) {
    host = SimulatedHost(for: Self.application, live: live, mount: mount, change)
    executor = .mock(host)
  }

  static let proxy = "grafana-nginx-proxy-1"
  static let blue = "grafana-grafana-blue-1"
  static let green = "grafana-grafana-green-1"

  func run(_ call: HostCall, timeout: Duration = .seconds(300)) async throws -> CommandResult {
    try await perform(.call(call), timeout: timeout).printed ?? CommandResult(status: -1)
  }

  func run(_ argv: String...) async throws -> CommandResult {
    try await perform(.command(Command(argv))).printed ?? CommandResult(status: -1)
  }

  func ask(_ call: HostCall) async throws -> OperationResult { try await perform(.call(call)) }

  func value(_ call: HostCall) async throws -> HostAnswer.Value? { try await ask(call).value }

  private func perform(
    _ request: HostOperation.Request, timeout: Duration = .seconds(300)
  ) async throws -> OperationResult {
    let operation = HostOperation(request, effect: .change, timeout: timeout)
    return try await executor.perform(operation, output: { _ in })
  }

  func get(_ url: String, timeout: Duration = .seconds(5)) async throws -> HTTPAnswer? {
    let operation = HostOperation(.http(url: url), effect: .verify, timeout: timeout)
    if case .http(let answer) = try await executor.perform(operation, output: { _ in }) {
      return answer
    }
    return nil
  }

  func write(_ text: String, _ method: FileWrite.Method = .inPlace) async throws {
    let file = FileWrite(
      path: "nginx/service.conf", bytes: Array(text.utf8), method: method, source: "a test")
    _ = try await executor.perform(
      HostOperation(.writeFile(file), effect: .change, timeout: .seconds(5)), output: { _ in })
  }

  func read(_ path: String) async throws -> FileSnapshot? {
    let operation = HostOperation(.readFile(path: path), effect: .observe, timeout: .seconds(5))
    if case .file(let snapshot) = try await executor.perform(operation, output: { _ in }) {
      return snapshot
    }
    return nil
  }

  func up(_ service: String, _ environment: [String: EnvironmentValue] = [:]) async throws
    -> CommandResult
  {
    try await run(docker.up(service, environment: environment))
  }

  func wait(_ time: Duration) async throws { try await host.clock.sleep(for: time) }

  func inspect(_ name: String) async throws -> Container? {
    guard case .containers(let found) = try await value(docker.inspect([name])) else { return nil }
    return found.first
  }

  func workers() async throws -> ProxyWorkers {
    guard case .processes(let table) = try await value(docker.top(Self.proxy)) else {
      return ProxyWorkers(ProcessTable())
    }
    return ProxyWorkers(table)
  }
}
