package import DeployDSL
package import DeployRunner

/// A host that conformance cases are held against: Examples/grafana with blue live, on a real engine
/// or simulated. Blue answers as version 12.4, green as 12.3.
package protocol ConformanceHost: Sendable {
  /// What performs operations on it.
  var executor: any Executor { get }

  /// The Compose project's name.
  var project: String { get }

  /// The calls of a plan for it.
  var docker: DockerCLI { get }

  /// The name of a service's container.
  func container(_ service: String) -> String

  /// The IDs of a service's containers for ``inspect(_:)``.
  func ids(of service: String) async throws -> [String]

  /// Changes the host as people, accidents or its clients do.
  func make(_ change: HostChange) async throws

  /// The colour whose version answers through the proxy; `nil` if none does.
  func serving() async throws -> Color?
}

/// What happens on a host without bgrun.
package enum HostChange: Hashable, Sendable {
  /// How a colour behaves from its next `up` on.
  case behave(Color, Behavior)
  /// A service's container is frozen.
  case pause(service: String)
  /// The site file is replaced by a folder.
  case siteBecomesFolder
  /// A program in the proxy's container listens on port 9999.
  case takePort
  /// A service's container is ended and started again.
  case restart(service: String)
  /// The Compose file names an image for a colour that does not exist.
  case missingImage(Color)
  /// A client begins a download through the proxy that takes fifteen seconds.
  case download

  /// How an application behaves.
  package enum Behavior: Hashable, Sendable {
    /// It ends with 3 a tenth of a second after its start.
    case exits(isRestarted: Bool)
    /// It does not listen to SIGTERM.
    case ignoresTermination
  }
}

extension Executor {
  /// Replaces the site file.
  package func writeSite(_ text: String, _ method: FileWrite.Method) async throws {
    let file = FileWrite(
      path: "nginx/service.conf", bytes: Array(text.utf8), method: method, source: "a test")
    _ = try await perform(
      HostOperation(.writeFile(file), effect: .change, timeout: .seconds(5)), output: { _ in })
  }
}

extension ConformanceHost {
  package func container(_ service: String) -> String { "\(project)-\(service)-1" }

  package func ids(of service: String) async throws -> [String] { [container(service)] }

  /// Makes a call, for how its command ends.
  package func run(_ call: HostCall, timeout: Duration = .seconds(120)) async throws
    -> CommandResult
  {
    let operation = HostOperation(.call(call), effect: .change, timeout: timeout)
    do {
      let reply = try await executor.perform(operation, output: { _ in })
      return reply.printed ?? CommandResult(status: -1)
    } catch let error as DeployError {
      // A Swarm's reasons are found out by the executor.
      return CommandResult(status: 1, errors: "\(error)")
    }
  }

  package var docker: DockerCLI {
    DockerCLI(application: Deploy("grafana", port: 3000) { DetectActive() }.application)
  }

  /// Asks a question; `nil` if it is not answered.
  package func value(_ call: HostCall) async throws -> HostAnswer.Value? {
    let operation = HostOperation(.call(call), effect: .observe, timeout: .seconds(120))
    return try await executor.perform(operation, output: { _ in }).value
  }

  /// A service's container as the engine describes it.
  package func inspect(_ service: String) async throws -> Container? {
    guard case .containers(let found) = try await value(docker.inspect(ids(of: service)))
    else { return nil }
    return found.first
  }

  /// The processes of a service's container; `nil` if it has none.
  package func processes(_ service: String) async throws -> ProcessTable? {
    guard case .processes(let table) = try await value(DockerCLI.top(container(service)))
    else { return nil }
    return table
  }

  /// The proxy's worker processes.
  package func workers() async throws -> ProxyWorkers {
    ProxyWorkers(try await processes("nginx-proxy") ?? ProcessTable())
  }

  package func serving() async throws -> Color? {
    guard let address = try await inspect("nginx-proxy")?.publishedAddresses.first else {
      return nil
    }
    let url = "http://\(address.host):\(address.port)/api/health"
    let operation = HostOperation(.http(url: url), effect: .verify, timeout: .seconds(5))
    guard case .http(let answer) = try? await executor.perform(operation, output: { _ in }) else {
      return nil
    }
    return color(answering: answer.body)
  }

  /// The colour whose version an answer names; `nil` if it names none.
  package func color(answering body: String) -> Color? {
    body.contains("12.4") ? .blue : body.contains("12.3") ? .green : nil
  }
}
