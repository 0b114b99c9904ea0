import DeployDSL

/// Decides how a run ends: whether it is rolled back, its outcome, the live colour and whether it
/// stays interrupted.
///
/// All of it follows from these values; ``RunEngine`` and ``FinalInspection`` inspect the host.
struct OutcomeRules {
  /// What happens after the last node.
  enum Reaction {
    /// What was done stays.
    case keep
    case rollBack
    /// The rollback is left to a resume.
    case leave
  }

  /// What the run has found and done.
  var state: DeploymentState.Facts
  /// Why the run failed: the first failed node's error, or what prevented the run from starting.
  var failure: DeployError?
  /// Whether the failed node only cleaned up.
  var isCleanupFailure = false
  /// Whether the run was cancelled before its last node had ended.
  var isCancelled = false
  var isDryRun = false
  /// Whether the run's purpose is to roll back an interrupted one.
  var isUndo = false
  /// Whether this run and the failed step are to be rolled back on a failure.
  var rollsBack = true
  /// Whether the run resumed an interrupted one without having inspected project and proxy: then it
  /// must not undo what it does not know.
  var isBlind = false
  /// What was rolled back.
  var undone: [UndoReport] = []

  /// What happens after the last node, before anything is rolled back.
  var reaction: Reaction {
    guard failure != nil || isCancelled else { return .keep }
    if isBlind { return .leave }
    let isCommitted =
      failure == nil
      ? state.cutover.isCommitted
      : state.phase == .proved && (state.cutover.isCommitted || isCleanupFailure)
    guard !isCommitted, state.hasChanged else { return .keep }
    return rollsBack ? .rollBack : isDryRun ? .keep : .leave
  }

  /// Whether the final inspection's finding is a reason to roll back: while the previous colour
  /// runs, or if the new one has exited and nothing is live that could be lost (`nil`: inspect).
  func isReasonToRollBack(_ found: DeployError) -> Bool? {
    guard state.phase == .proved, found.code == .unhealthy, rollsBack, !isCancelled else {
      return false
    }
    guard state.cutover.isCommitted, state.active != nil else { return true }
    return state.doubt == .disturbed ? nil : false
  }

  /// - Parameter reaction: What happened after the last node.
  func outcome(after reaction: Reaction) -> RunReport.Outcome {
    if undone.contains(where: { $0.failure != nil }) { return .rollbackFailed }
    if isCancelled || failure?.code == .cancelled { return .cancelled }
    if isUndo { return failure == nil ? .undone : .rollbackFailed }
    guard let failure else {
      return state.kept?.isPlanned == false ? .cleanupIncomplete : .succeeded
    }
    if !isBlind {
      // The final inspection found that the expected colour is not live.
      if let doubt = state.doubt, doubt != .engineAway, state.hasChanged { return .rollbackFailed }
      switch state.phase {
      // A version that failed its own check after the switch is not deployed.
      case .proved: return reaction == .leave ? .rollbackFailed : .cleanupIncomplete
      case .restored: return .rolledBack
      case .untouched, .written, .refused, .reloading: break
      }
      if failure.code == .locked { return .locked }
      if state.hasChanged { return .failed }
    }
    switch failure.code {
    case .environment: return .unusable
    case .plan, .nothingToResume: return .invalid
    default: return .failed
    }
  }

  /// Whether the run must be resumed or resolved before the next one.
  func isInterrupted(after reaction: Reaction) -> Bool {
    isUndo
      ? outcome(after: reaction) != .undone
      : reaction == .leave || isCutOff || undone.contains { $0.failure != nil }
  }

  /// Whether it was cancelled while stopping the previous colour: a resume does the rest.
  var isCutOff: Bool { isCancelled && state.cutover.isCommitted && !isDryRun }

  /// The live colour, if known.
  var serving: Color? {
    guard state.doubt == nil else { return nil }
    // A dry run's phase is only assumed.
    if isDryRun { return state.active }
    return state.phase == .reloading ? nil : state.serving
  }
}
