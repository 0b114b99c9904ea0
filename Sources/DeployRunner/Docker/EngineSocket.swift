import DeployDSL

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

  /// What the docker CLI would print.
  ///
  /// - Returns: `nil` if the CLI should be asked, which can also explain what is wrong.
  /// - Throws: ``OperationError/timedOut(after:output:)``; `CancellationError`.
  func answer(_ question: EngineQuestion, timeout: Duration) async throws -> CommandResult? {
    let deadline = ContinuousClock().now.advanced(by: timeout)
    do {
      let printed = try await BlockingThread.run { signal in
        Result { try output(for: question, deadline, signal) }
      }
      return CommandResult(status: 0, output: printed)
    } catch let error as CancellationError {
      throw error
    } catch {
      guard ContinuousClock().now < deadline else {
        throw OperationError.timedOut(after: timeout, output: "")
      }
      return nil
    }
  }

  private func output(
    for question: EngineQuestion, _ deadline: ContinuousClock.Instant, _ signal: PollSignal
  ) throws -> String {
    func answers(_ question: EngineQuestion) throws -> [String] {
      try question.paths.map { try get($0, deadline: deadline, signal: signal) }
    }
    if question == .endpoint { return "unix://\(path)\n" }
    if case .top(let name, ContainerProcesses.columns) = question,
      let json = try answers(.inspect([name])).first,
      let table = ContainerProcesses(inspected: json)?.table()
    {
      return table
    }
    return try question.output(try answers(question))
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
