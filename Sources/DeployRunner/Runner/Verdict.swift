import DeployDSL

/// Decides what a run's end is called, from what happened.
struct Verdict {
  let nodes: [NodeReport]
  let undone: [UndoReport]
  let facts: Ledger.Facts
  let isCancelled: Bool
  let isDryRun: Bool

  var outcome: RunReport.Outcome {
    let failure = nodes.first { $0.status == .failed }?.failure
    if undone.contains(where: { $0.failure != nil }) { return .rollbackFailed }
    if isCancelled { return .cancelled }
    if let failure { return outcome(of: failure) }
    return facts.keepsPrevious == nil ? .succeeded : .unfinished
  }

  private func outcome(of failure: StepFailure) -> RunReport.Outcome {
    switch facts.phase {
    case .proved: return .unfinished
    case .restored: return .rolledBack
    case .untouched, .written, .refused, .reloading: break
    }
    if facts.hasChanged { return .failed }
    return switch failure.code {
    case .environment: .unusable
    case .plan: .invalid
    default: .failed
    }
  }

  /// The colour that serves, if it is known.
  var serving: Color? {
    guard let active = facts.active else { return nil }
    switch facts.phase {
    case .proved: return active.other
    case .reloading: return isDryRun ? active : nil
    case .untouched, .written, .refused, .restored: return active
    }
  }
}
