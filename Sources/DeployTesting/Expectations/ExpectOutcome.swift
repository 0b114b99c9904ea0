import DeploySimulator
public import Testing

/// Expects an outcome of the run.
///
/// - Parameters:
///   - expected: the outcome.
///   - rehearsal: the rehearsal.
///   - sourceLocation: where a failed expectation is reported. Default: here.
public func expectOutcome(
  _ expected: RunReport.Outcome, of rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  guard rehearsal.outcome != expected else { return }
  record(
    "the run ended as \(rehearsal.outcome.rawValue), not \(expected.rawValue); "
      + rehearsal.story, sourceLocation)
}

/// Expects that the run failed, with this message and fix in its first failure.
///
/// - Parameters:
///   - expected: message and fix in one sentence; `…` matches any text.
///   - step: the name of the step that failed. Default: any.
///   - rehearsal: the rehearsal.
///   - sourceLocation: where a failed expectation is reported. Default: here.
public func expectFailure(
  _ expected: String, in step: String? = nil, of rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  guard let failure = rehearsal.report.failure else {
    return record("nothing failed; \(rehearsal.story)", sourceLocation)
  }
  if !Glob(expected).matches(failure.description) {
    let diff = LineDiff(expected: [expected], actual: [failure.description])
    record("it failed differently (- expected, + actual):\n\(diff.text)", sourceLocation)
  }
  let failed = rehearsal.report.nodes.first { $0.node == rehearsal.report.failedNode }?.name
  if let step, failed != step {
    record("\(failed ?? "no step") failed, not \(step): \(failure)", sourceLocation)
  }
}

/// Expects exactly these undos, in order, each without a failure.
///
/// - Parameters:
///   - expected: the undos as in the report: `undo Migrate`, `stop grafana-green`; `…` matches any
///     text.
///   - rehearsal: the rehearsal.
///   - sourceLocation: where a failed expectation is reported. Default: here.
public func expectUndone(
  _ expected: [String], in rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let diff = LineDiff(expected: expected, actual: rehearsal.undone)
  if !diff.isEmpty {
    record(
      "the rollback differs "
        + "(- expected, + actual):\n\(diff.text)",
      sourceLocation)
  }
  for undo in rehearsal.report.undone {
    if let failure = undo.failure { record("\(undo.what) failed: \(failure)", sourceLocation) }
  }
}
