import DeployDSL

/// Runs steps outside the plan's graph: custom undo steps, or those that follow a failure.
///
/// They run in sequence, with their own retries and timeouts.
struct HookRunner: Sendable {
  let steps: [Node]
  let context: ActionContext

  /// - Throws: The error of the first step that fails; the following steps do not run.
  func run() async throws {
    for step in steps {
      let report = await perform(step)
      if let failure = report.failure, step.policies.onFailure != .continue { throw failure }
      if report.status == .cancelled { throw CancellationError() }
    }
  }

  private func perform(_ step: Node) async -> NodeReport {
    var context = context
    context.title = step.name
    context.declaresUndo = false
    // They are not nodes of the run: no events report their start and end.
    let emit = context.emit
    context.emit = { event in
      switch event {
      case .nodeStarted, .nodeFinished: break
      case .retry(let attempt, let of, let because):
        emit(.note("\(step.name): attempt \(attempt) of \(of), because \(because)"))
      default: emit(event)
      }
    }
    let own = step.policies.timeout.map { context.clock.now() + $0 }
    let limit = context.deadline ?? context.clock.now() + Rollback.timeout
    return await NodeRunner(node: step, context: context, deadline: min(limit, own ?? limit)).run()
  }
}
