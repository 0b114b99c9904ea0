import BgrunSystem
import DeployDSL

/// Queries the engine through its socket, in place of the docker CLI.
///
/// A docker process costs 20 to 40 ms of CPU time, a query on the socket less than 1 ms: this
/// leaves CPU time for client requests on a loaded host, and allows frequent polling during a
/// reload. Only queries use the socket, and only if the docker CLI would certainly use the same
/// engine; everything else, and every unexpected answer, is left to the CLI.
struct EngineSocket: Sendable {
  private static let usual = "/var/run/docker.sock"
  /// The maximum number of bytes of an answer: an inspected container takes about 10,000.
  private static let longestAnswer = 8 * 1024 * 1024

  let path: String

  /// The socket of the engine that the docker CLI would use; `nil` if a context or a network
  /// address may select another one.
  init?(of docker: DockerProgram) {
    guard docker.variable("DOCKER_CONTEXT") == nil else { return nil }
    if let host = docker.variable("DOCKER_HOST") {
      guard host.hasPrefix("unix:///") else { return nil }
      path = String(host.dropFirst("unix://".count))
    } else {
      guard !docker.mentions("currentContext") else { return nil }
      path = Self.usual
    }
    guard access(path, R_OK | W_OK) == 0 else { return nil }
  }

  /// The engine's answer to a query.
  ///
  /// - Returns: `nil` if the CLI must be used, which can also explain errors.
  /// - Throws: ``OperationError/timedOut(after:output:)``; `CancellationError`.
  func answer(_ call: HostCall, timeout: Duration) async throws -> HostAnswer? {
    // A command changed by a wrapping executor must be run.
    let command = call.command
    guard command.argv.first == "docker", command.environment.isEmpty, command.input == nil else {
      return nil
    }
    let deadline = ContinuousClock().now.advanced(by: timeout)
    do {
      let value = try await BlockingThread.run { signal in
        Result { try answer(to: call.kind) { try get($0, deadline: deadline, signal: signal) } }
      }
      return value.map { HostAnswer($0) }
    } catch let error as CancellationError {
      throw error
    } catch {
      guard ContinuousClock().now < deadline else {
        throw OperationError.timedOut(after: timeout, output: "")
      }
      return nil
    }
  }

  /// Uses paths without an API version: the engine then uses its own, as with the docker CLI.
  private func answer(
    to kind: HostCall.Kind, _ get: (String) throws -> String
  ) throws -> HostAnswer.Value? {
    switch kind {
    case .endpoint: return .names(["unix://\(path)"])
    case .containers(let project, let service):
      let found = try decode([Listed].self, try get(Self.list(project, service)))
      return .list(
        found.map { .init($0.Id, project: $0.Labels?[DockerCLI.projectLabel]) })
    // A valid Docker name needs no escaping in a URL.
    case .inspect(let names) where !names.isEmpty && names.allSatisfy(\.isServiceName):
      return .containers(
        try names.map { try decode(Container.self, try get("/containers/\($0)/json")) })
    case .processes(let name) where name.isServiceName:
      let inspected = try get("/containers/\(name)/json")
      if let table = ContainerProcesses(inspected: inspected)?.table() { return .processes(table) }
      let arguments = "-o pid,etimes,args".percentEncoded()
      let table = try decode(Table.self, try get("/containers/\(name)/top?ps_args=\(arguments)"))
      let rows = table.Processes.map(ProcessTable.Row.init)
      return .processes(
        ProcessTable(rows.compactMap(\.self), isWhole: rows.allSatisfy { $0 != nil }))
    default: return nil
    }
  }

  static func list(_ project: String?, _ service: String?) throws -> String {
    let labels = [
      project.map { "\(DockerCLI.projectLabel)=\($0)" },
      service.map { "com.docker.compose.service=\($0)" },
    ].compactMap(\.self)
    guard !labels.isEmpty else { return "/containers/json?all=1" }
    let filter = try JSONEncoder().encode(["label": labels])
    let filters = String(decoding: filter, as: UTF8.self).percentEncoded()
    return "/containers/json?all=1&filters=\(filters)"
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  private struct Listed: Decodable {
    var Id: String
    var Labels: [String: String]?
  }

  private struct Table: Decodable {
    var Processes: [[String]]
  }

  private func get(
    _ request: String, deadline: ContinuousClock.Instant, signal: PollSignal
  ) throws -> String {
    let connection = try Connection(path: path, deadline: deadline, signal: signal)
    let answer = try connection.get(request, host: "docker", longestBody: Self.longestAnswer)
    guard answer.status == 200, answer.body.utf8.count < Self.longestAnswer else {
      throw OperationError.noAnswer(reason: "HTTP \(answer.status)")
    }
    return answer.body
  }
}
