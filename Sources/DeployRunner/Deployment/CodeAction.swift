import DeployDSL

/// Runs the code of a custom step, which may wait for more than operations.
struct CodeAction: PerformableStep {
  let node: Node
  let code: any PrimitiveStep

  func perform(in context: ActionContext) async throws -> ActionOutcome {
    if let step = code as? any UndoableStep {
      try await context.declare(.code(node: node, step: step))
    }
    let host = StepContext(host: CodeHost(context: context, reads: code.reads, writes: code.writes))
    guard !context.isDryRun else {
      do {
        try await code.run(in: host)
      } catch let unknown as UnknownValue {
        context.note("the rest depends on \"\(unknown.key)\", which only a real run sets")
      }
      return .done("")
    }
    // The code may have changed anything.
    context.state.update { $0.hasChanged = true }
    try await Self.bounded(by: context) {
      try await code.run(in: host)
    }
    return .done("")
  }

  /// Cancels the task of code that is still running at the deadline.
  static func bounded<Value: Sendable>(
    by context: ActionContext, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    guard let deadline = context.deadline else { return try await body() }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await context.clock.watch(until: deadline)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let value = first else { throw context.timeUp() }
      return value
    }
  }
}
