import DeploySimulator
public import Testing

/// Expects how the run ended.
///
/// - Parameters:
///   - expected: how.
///   - rehearsal: what was run.
///   - sourceLocation: where an unmet expectation is reported. Default: here.
public func expectOutcome(
  _ expected: RunReport.Outcome, of rehearsal: Rehearsal,
  sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  guard rehearsal.outcome != expected else { return }
  record(
    "the run ended as \(rehearsal.outcome.rawValue), not \(expected.rawValue); "
      + rehearsal.story, sourceLocation)
}

/// Expects that the run failed, and what its first failure says.
///
/// - Parameters:
///   - expected: message and fix in one sentence; `…` stands for anything.
///   - step: the name of the step that failed. Default: any.
///   - rehearsal: what was run.
///   - sourceLocation: where an unmet expectation is reported. Default: here.
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

/// Expects what was undone, in order, each without a failure.
///
/// - Parameters:
///   - expected: as the report names it: `undo Migrate`, `stop grafana-green`; `…` stands for
///     anything.
///   - rehearsal: what was run.
///   - sourceLocation: where an unmet expectation is reported. Default: here.
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
