import DeployDSL

/// Runs one node: its attempts, delays and deadlines.
struct NodeRunner: Sendable {
  /// One more round of the enclosing steps.
  struct Round: Sendable {
    var step: RunState.Round
    /// When, in run time, it must have started; the node's own time is not included.
    var deadline: Duration
  }

  let node: Node
  let context: ActionContext
  /// When, in run time, the node must have finished, however many attempts it takes.
  let deadline: Duration
  /// The delay before the first attempt.
  var pause: Duration = .zero
  /// What happens after a failure if the enclosing steps are then repeated.
  var round: Round?
  /// A note to show before the node starts.
  var preface: [String] = []

  func run() async -> NodeReport {
    let began = context.clock.now()
    context.emit(.nodeStarted)
    for line in preface { context.note(line) }
    if pause > .zero {
      do {
        try await context.clock.sleep(for: pause)
      } catch {
        return finished(report(.failure(CancellationError()), attempt: 1, since: began))
      }
    }
    if let undo = node.undo, !undo.isEmpty, !context.isDryRun {
      do {
        try await context.undo.declare(.steps(node: node), node: node.id)
      } catch {
        return finished(report(.failure(error), attempt: 1, since: began))
      }
    }
    var attempt = 1
    while true {
      let result = await once()
      let report = self.report(result, attempt: attempt, since: began)
      guard report.status == .failed, attempt <= node.policies.retries,
        let failure = report.failure, failure.code != .stillRunning
      else { return finished(report) }
      attempt += 1
      let pause = node.policies.backoff.delay(before: attempt)
      guard context.clock.now() + pause < deadline else { return finished(report) }
      context.emit(
        .retry(attempt: attempt, of: node.policies.retries + 1, because: "\(failure)"))
      do {
        try await context.clock.sleep(for: pause)
      } catch {
        var cancelled = report
        cancelled.status = .cancelled
        return finished(cancelled)
      }
    }
  }

  private func finished(_ ended: NodeReport) -> NodeReport {
    var report = ended
    if report.status == .failed, node.policies.onFailure != .continue,
      report.failure?.code != .stillRunning, let round,
      context.clock.now() + round.step.pause < round.deadline
    {
      report.status = .retried
      report.summary =
        "attempt \(round.step.number)/\(round.step.count) of the enclosing steps, because "
        + (report.failure?.message ?? "it failed")
    }
    if context.isDryRun, report.status == .succeeded, !node.step.has(.onlyLooks) {
      report.status = .wouldRun
      report.summary = "would run"
    }
    if report.status == .failed, node.policies.onFailure == .continue, let failure = report.failure
    {
      report.status = .passedOver
      context.warn("\(node.name) failed, continuing: \(failure.message)")
    }
    context.emit(.nodeFinished(report))
    return report
  }

  private func report(
    _ result: Result<ActionOutcome, any Error>, attempt: Int, since began: Duration
  ) -> NodeReport {
    var report = NodeReport(
      node: node.id, name: node.name, status: .succeeded, summary: "", failure: nil,
      attempts: attempt, duration: context.clock.now() - began)
    switch result {
    case .success(.done(let summary)): report.summary = summary
    case .success(.decided(let answer)):
      report.answer = answer
      report.summary = answer.map { $0 ? "yes" : "no" } ?? "only a real run decides"
    case .success(.skipped(let reason)):
      report.status = .skipped
      report.summary = reason
    case .failure(is CancellationError) where Task.isCancelled: report.status = .cancelled
    case .failure(is CancellationError):
      // The plan's code may throw it for its own reasons: the run was not cancelled.
      report.status = .failed
      report.failure = DeployError(
        .code,
        "\(node.name) threw CancellationError although the run "
          + "was not cancelled")
    case .failure(let failure as DeployError):
      report.status = .failed
      report.failure = failure
    case .failure(let error):
      report.status = .failed
      report.failure = DeployError(.code, "\(node.name) failed: \(error)")
    }
    return report
  }

  /// One attempt, with its own deadline.
  private func once() async -> Result<ActionOutcome, any Error> {
    var context = context
    let limit = node.policies.attemptTimeout.map { context.clock.now() + $0 }
    context.deadline = min(deadline, limit ?? deadline)
    if node.policies.timeout != nil || limit != nil || node.step.has(.takesLong) {
      context.commandTimeout = .seconds(Int64.max / 4)
    }
    do {
      if let step = node.step as? any PerformableStep {
        return .success(try await step.perform(in: context))
      }
      if let condition = node.condition {
        return .success(.decided(try await condition.question.answer(in: context)))
      }
      if let code = node.code {
        return .success(try await CodeAction(node: node, code: code).perform(in: context))
      }
      return .success(.done(""))
    } catch {
      return .failure(error)
    }
  }
}
