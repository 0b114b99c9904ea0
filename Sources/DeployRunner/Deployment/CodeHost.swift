import DeployDSL

/// The host as the code of a custom step sees it.
struct CodeHost: StepHost {
  let context: ActionContext
  /// The keys that the step declares as read and written; `nil` allows all.
  var reads: Keys?
  var writes: Keys?

  var application: Application { context.application }
  var isDryRun: Bool { context.isDryRun }
  var isRehearsal: Bool { context.executor.isSimulated }
  var failure: String? { context.ending?.failure }
  func color(_ role: Role) throws -> Color { try context.state.color(role) }
  func log(_ message: String) { context.note(message) }
  func warn(_ message: String) { context.warn(message) }

  func value<Value: Sendable>(of key: Keys.ID, as type: Value.Type) throws -> Value {
    if let reads, !reads.contains(key) {
      throw DeployError(
        .code, "\(context.title) reads \"\(key.name)\" without declaring it",
        fix: "add the key to the step's reads")
    }
    if let value = context.values[key] as? Value { return value }
    if context.isDryRun { throw UnknownValue(key: key.name) }
    throw DeployError(
      .code, "\(context.title) reads \"\(key.name)\", but no step has set it",
      fix: "set it with context.set(…) in the step that lists it in its writes")
  }

  func set(_ key: Keys.ID, to value: any Sendable) throws {
    if let writes, !writes.contains(key) {
      throw DeployError(
        .code, "\(context.title) sets \"\(key.name)\" without declaring it",
        fix: "add the key to the step's writes")
    }
    context.values[key] = value
  }

  func run(
    _ argv: [String], environment: [String: EnvironmentValue], input: EnvironmentValue?
  ) async throws -> CommandOutput {
    let all = context.docker.environment(forCommandsUnder: context.guards)
    let result = try await context.run(
      Command(argv, environment: all.merging(environment) { $1 }, input: input))
    return CommandOutput(output: result.output, errors: result.errors)
  }

  func exec(_ name: String, _ argv: [String]) async throws -> CommandOutput {
    let service = try context.service(named: name)
    let program = ContainerProgram(
      argv: argv, container: try await context.containerName(of: service), context: context)
    // A step may run several commands at once.
    if context.resumeState != nil { try await program.waitForEarlier() }
    let result = try await program.run(in: service)
    return CommandOutput(output: result.output, errors: result.errors)
  }

  func get(_ url: String) async throws -> HTTPAnswer {
    do {
      return try await context.get(url, .verify, timeout: .seconds(5))
        ?? HTTPAnswer(status: 200, body: "")
    } catch let failure as OperationError {
      throw DeployError(.unhealthy, "no answer from \(url): \(failure)")
    }
  }

  func request(_ request: Request) async throws -> HTTPAnswer {
    guard var answer = try await request.send(in: context) else {
      return HTTPAnswer(status: request.status.lowerBound, body: request.contains ?? "")
    }
    answer.body = String(answer.body.prefix(65_536))
    return answer
  }

  func sleep(_ duration: Duration) async throws { try await context.sleep(duration) }
}

/// Thrown in a dry run when a step reads a value that only a real run computes.
struct UnknownValue: Error {
  let key: String
}
