import BgrunSystem
import DeployDSL

/// Reads a stack from a manager of its Swarm.
struct SwarmStack: Sendable {
  /// A manager's docker answered with an error.
  struct Refusal: Error {
    var command: Command
    var result: CommandResult

    /// The result, for the caller of the operation to explain.
    var reply: OperationResult { .command(result) }
  }

  let swarm: Swarm
  /// Runs a docker command on the manager.
  let run: @Sendable (_ argv: [String], _ timeout: Duration) async throws -> CommandResult

  /// Runs a command that changes nothing.
  ///
  /// - Throws: ``Refusal`` if it does not end in time: managers without a quorum let docker wait, for
  ///   longer with each thing that it asks for.
  private func look(_ argv: [String], _ time: Duration) async throws -> CommandResult {
    do {
      return try await run(argv, time)
    } catch OperationError.timedOut(_, let printed) {
      let errors = printed.isEmpty ? "docker did not answer within \(time.forPeople)" : printed
      throw Refusal(command: Command(argv), result: CommandResult(status: 124, errors: errors))
    }
  }

  /// Does some work again while managers refuse it: without a quorum they find each other within
  /// seconds.
  ///
  /// - Parameters:
  ///   - deadline: When to stop trying, in run time.
  ///   - mayPass: Whether a refusal may be a temporary one. Default: each.
  ///   - onWait: Called before each wait.
  /// - Throws: the last ``Refusal``, or what else `body` throws.
  static func retrying<Value>(
    until deadline: Duration, every pause: Duration, on clock: RunClock,
    while mayPass: (Refusal) -> Bool = { _ in true }, onWait: () -> Void = {},
    _ body: () async throws -> Value
  ) async throws -> Value {
    while true {
      do {
        return try await body()
      } catch let refusal as Refusal {
        guard mayPass(refusal), clock.now() < deadline else { throw refusal }
        onWait()
        try await clock.sleep(for: pause)
      }
    }
  }

  /// The services with these full names, without missing ones.
  func services(_ names: [String], within time: Duration) async throws -> [SwarmService] {
    guard !names.isEmpty else { return [] }
    let argv = ["docker", "service", "inspect"] + names
    let result = try await look(argv, time)
    guard result.succeeded || Self.isMissing(result) else {
      throw Refusal(command: Command(argv), result: result)
    }
    return try decode([SwarmService].self, result)
  }

  /// A service.
  ///
  /// - Throws: ``DeployError`` if the stack does not have it.
  func service(_ name: String, within time: Duration) async throws -> SwarmService {
    guard let service = try await services([name], within: time).first else {
      throw missing([name])
    }
    return service
  }

  func missing(_ names: [String]) -> DeployError {
    DeployError(
      .environment,
      "the stack \(swarm.stack) has no service \(names.joined(separator: ", ")) on this Swarm",
      fix: "deploy the stack once: `docker stack deploy --compose-file compose.yaml \(swarm.stack)`"
    )
  }

  /// All tasks of services, also of the past.
  func tasks(of names: [String], within time: Duration) async throws -> [SwarmTask] {
    guard !names.isEmpty else { return [] }
    let argv = ["docker", "service", "ps", "--no-trunc", "--quiet"] + names
    let result = try await look(argv, time)
    guard result.succeeded else { throw Refusal(command: Command(argv), result: result) }
    return try await tasks(result.output.split(whereSeparator: \.isNewline).map(String.init), time)
  }

  /// Tasks by their IDs, without missing ones.
  func tasks(_ ids: [String], _ time: Duration) async throws -> [SwarmTask] {
    guard !ids.isEmpty else { return [] }
    let argv = ["docker", "inspect", "--type", "task"] + ids
    let result = try await look(argv, time)
    guard result.succeeded || Self.isMissing(result) else {
      throw Refusal(command: Command(argv), result: result)
    }
    return try decode([SwarmTask].self, result)
  }

  /// Whether some of what was asked for does not exist: what does exist was printed all the same.
  private static func isMissing(_ result: CommandResult) -> Bool {
    let text = result.errors.lowercased()
    return ["no such service", "no such task", "no such object", " not found"]
      .contains(where: text.contains)
  }

  func nodes(within time: Duration) async throws -> [SwarmNode] {
    let argv = ["docker", "node", "ls", "--format", "{{.ID}}\t{{.Hostname}}\t{{.Status}}"]
    let result = try await look(argv, time)
    guard result.succeeded else { throw Refusal(command: Command(argv), result: result) }
    return SwarmNode.parse(result.output)
  }

  /// The last log lines of a task; none if its node does not answer.
  func log(of task: SwarmTask) async -> [String] {
    let argv = ["docker", "service", "logs", "--raw", "--tail", "50", task.id]
    let result = try? await run(argv, .seconds(5))
    return result?.succeeded == true ? result?.lines ?? [] : []
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ result: CommandResult) throws -> Value
  {
    do {
      return try JSONDecoder().decode(type, from: Data(result.output.utf8))
    } catch {
      throw DeployError(
        .environment, "docker did not print a description of the Swarm's services and tasks",
        fix: "check which docker is on PATH", details: result.lines.suffix(5).map { $0 })
    }
  }
}
