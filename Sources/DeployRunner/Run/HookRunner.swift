import DeployDSL

/// Steps that stand beside a plan's graph: an undo of the plan's author, or what follows a failure.
///
/// They run one after the other; their own retries and timeouts hold.
struct HookRunner: Sendable {
  let steps: [Node]
  let context: ActionContext

  /// - Throws: the failure of the first step that fails; those after it are not run.
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
    // They are no nodes of the run: what they do is told, their begin and end are not.
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
