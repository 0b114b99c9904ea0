import DeployDSL

/// Decides what a run's end is called, from what happened.
struct OutcomeRules {
  let nodes: [NodeReport]
  let undone: [UndoReport]
  let facts: DeploymentState.Facts
  let failure: DeployError?
  let isCancelled: Bool
  let isDryRun: Bool
  /// Whether the run was there to take an earlier one back.
  var wasAskedToTakeBack = false
  /// Whether the run took an earlier one up and could not even look at the host.
  var isBlind = false
  /// Whether what would have had to be taken back was left as it is.
  var isLeft = false

  var outcome: RunReport.Outcome {
    if undone.contains(where: { $0.failure != nil }) { return .rollbackFailed }
    if isCancelled || failure?.code == .cancelled { return .cancelled }
    if wasAskedToTakeBack { return failure == nil ? .takenBack : .rollbackFailed }
    if let failure { return outcome(of: failure) }
    return facts.keepsPrevious == nil ? .succeeded : .unfinished
  }

  private func outcome(of failure: DeployError) -> RunReport.Outcome {
    if isBlind { return outcomeWithoutChange(failure) }
    // Seen at the end: what should serve does not.
    if facts.isDisturbed || facts.isProxyDown, facts.hasChanged { return .rollbackFailed }
    switch facts.phase {
    // What failed its own check after the switch is not deployed.
    case .proved: return isLeft ? .rollbackFailed : .unfinished
    case .restored: return .rolledBack
    case .untouched, .written, .refused, .reloading: break
    }
    if failure.code == .locked { return .locked }
    return facts.hasChanged ? .failed : outcomeWithoutChange(failure)
  }

  private func outcomeWithoutChange(_ failure: DeployError) -> RunReport.Outcome {
    switch failure.code {
    case .environment: .unusable
    case .plan, .nothingToResume: .invalid
    default: .failed
    }
  }

  /// The colour that serves, if it is known.
  var serving: Color? {
    guard let active = facts.active, !facts.isProxyDown, !facts.isDisturbed, !facts.isUnseen
    else { return nil }
    // How far a dry run has come is only assumed.
    if isDryRun { return active }
    switch facts.phase {
    case .proved: return active.other
    case .reloading: return nil
    case .untouched, .written, .refused, .restored: return active
    }
  }
}
