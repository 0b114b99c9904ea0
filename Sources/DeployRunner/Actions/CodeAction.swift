import DeployDSL

/// Runs the code of a primitive step, which may wait for other things than operations.
struct CodeAction: Performable {
  let node: Node
  let code: any PrimitiveStep

  func perform(in context: ActionContext) async throws -> ActionOutcome {
    if let step = code as? any UndoableStep {
      try context.declare(.code(node: node, step: step))
    }
    guard !context.isDryRun else {
      try await code.run(in: StepContext(host: CodeHost(context: context)))
      return .done("")
    }
    // The code may have changed anything.
    context.ledger.update { $0.hasChanged = true }
    try await Self.bounded(by: context) {
      try await code.run(in: StepContext(host: CodeHost(context: context)))
    }
    return .done("")
  }

  /// Ends code that is still busy at the deadline, by cancelling its task.
  static func bounded(
    by context: ActionContext, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    guard let deadline = context.deadline else { return try await body() }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await body()
        return true
      }
      group.addTask {
        try await context.clock.watch(until: deadline)
        return false
      }
      defer { group.cancelAll() }
      guard try await group.next() == true else {
        throw StepFailure(
          .timeout, "\(context.title) was not done in time",
          fix: "look at what it waits for, or allow more with .timeout(…)")
      }
    }
  }
}

/// The host as the code of a primitive step sees it.
struct CodeHost: StepHost {
  let context: ActionContext

  var application: Application { context.application }
  var isDryRun: Bool { context.isDryRun }
  var failure: String? { context.ending?.failure }
  func color(_ role: Role) throws -> Color { try context.ledger.color(role) }
  func log(_ message: String) { context.note(message) }

  func run(
    _ argv: [String], environment: [String: EnvironmentValue], input: EnvironmentValue?
  ) async throws -> CommandOutput {
    let command = Command(argv, environment: environment, input: input)
    let result = try await context.change(command, doing: "run \(argv.first ?? "")")
    return CommandOutput(output: result.output, errors: result.errors)
  }

  func exec(_ service: String, _ argv: [String]) async throws -> CommandOutput {
    let container = try await context.containerName(of: service)
    let result = try await context.change(
      context.docker.exec(container, argv), doing: "run \(argv.first ?? "") in \(service)")
    return CommandOutput(output: result.output, errors: result.errors)
  }

  func get(_ url: String) async throws -> HTTPAnswer {
    do {
      return try await context.get(url, .await, timeout: .seconds(5))
        ?? HTTPAnswer(status: 200, body: "")
    } catch let failure as OperationFailure {
      throw StepFailure(.unhealthy, "no answer from \(url): \(failure)")
    }
  }

  func sleep(_ duration: Duration) async throws { try await context.sleep(duration) }
}
