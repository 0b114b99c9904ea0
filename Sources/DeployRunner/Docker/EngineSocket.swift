import DeployDSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The engine's own socket, by which it is asked what the docker CLI would ask it.
///
/// A docker process costs 20 to 40 ms of processor time, a question on the socket less than one: on
/// a loaded host that is time which the requests of clients need, and a proxy that is being reloaded
/// can be watched closely. Only looking is done this way, and only where the docker CLI would surely
/// ask the same engine; everything else, and every answer that is not plain, is left to the CLI.
struct EngineSocket: Sendable {
  private static let usual = "/var/run/docker.sock"
  /// How much of an answer is read, in bytes: an inspected container has about 10,000.
  private static let longestAnswer = 8 * 1024 * 1024

  let path: String

  /// The socket of the engine that a docker CLI would use; `nil` if it may use another one, by a
  /// context or by the network.
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

  /// What the engine answers to a question.
  ///
  /// - Returns: `nil` if the CLI should be asked, which can also explain what is wrong.
  /// - Throws: ``OperationError/timedOut(after:output:)``; `CancellationError`.
  func answer(_ call: HostCall, timeout: Duration) async throws -> HostAnswer? {
    // Another executor may have changed the command: then it is to be run.
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

  /// Asks by paths without a version: the engine then speaks its own, as it does with the docker CLI.
  private func answer(
    to kind: HostCall.Kind, _ get: (String) throws -> String
  ) throws -> HostAnswer.Value? {
    switch kind {
    case .endpoint: return .names(["unix://\(path)"])
    case .containers(let project, let service):
      let found = try decode([Listed].self, try get(Self.list(project, service)))
      return .list(
        found.map { .init($0.Id, project: $0.Labels?[DockerCLI.projectLabel]) })
    // A name that Docker allows needs no escape in a URL.
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
      DockerCLI.projectLabel + (project.map { "=\($0)" } ?? ""),
      service.map { "com.docker.compose.service=\($0)" },
    ].compactMap(\.self)
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
