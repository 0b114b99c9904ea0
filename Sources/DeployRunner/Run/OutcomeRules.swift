import DeployDSL

/// Decides how a run ends, from what happened: whether it is rolled back, how its end is called,
/// which colour is live and whether it stays interrupted.
///
/// All of it follows from these values; looking at the host is ``RunEngine``'s and
/// ``FinalInspection``'s work.
struct OutcomeRules {
  /// What follows on the last node.
  enum Reaction {
    /// What was done stays.
    case keep
    case rollBack
    /// What would have to be rolled back is left to a resume.
    case leave
  }

  /// What the run has found out and brought about.
  var state: DeploymentState.Facts
  /// Why the run failed: the first failed node's failure, or what kept the run from beginning.
  var failure: DeployError?
  /// Whether the failed node only tidied up.
  var isCleanupFailure = false
  /// Whether the run was ended before its last node had ended.
  var isCancelled = false
  var isDryRun = false
  /// Whether the run was there to roll an interrupted one back.
  var isUndo = false
  /// Whether this run, and the step that failed, are to be rolled back on a failure.
  var rollsBack = true
  /// Whether the run resumed an interrupted one without having seen project and proxy: it would undo
  /// what it does not know.
  var isBlind = false
  /// What was rolled back.
  var undone: [UndoReport] = []

  /// What follows on the last node; asked before anything is rolled back.
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

  /// Whether the final inspection's finding is a reason to go back: while the previous colour runs,
  /// or where the new one has ended and nothing is live that could be lost (`nil`: look).
  func isReasonToRollBack(_ found: DeployError) -> Bool? {
    guard state.phase == .proved, found.code == .unhealthy, rollsBack, !isCancelled else {
      return false
    }
    guard state.cutover.isCommitted, state.active != nil else { return true }
    return state.doubt == .disturbed ? nil : false
  }

  /// - Parameter reaction: what followed on the last node.
  func outcome(after reaction: Reaction) -> RunReport.Outcome {
    if undone.contains(where: { $0.failure != nil }) { return .rollbackFailed }
    if isCancelled || failure?.code == .cancelled { return .cancelled }
    if isUndo { return failure == nil ? .undone : .rollbackFailed }
    guard let failure else {
      return state.cutover.switched?.keepsPrevious == nil ? .succeeded : .cleanupIncomplete
    }
    if !isBlind {
      // Seen at the end: what should be live is not.
      if let doubt = state.doubt, doubt != .engineAway, state.hasChanged { return .rollbackFailed }
      switch state.phase {
      // What failed its own check after the switch is not deployed.
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

  /// Whether it was cancelled while the previous colour was being stopped: a resume does the rest.
  var isCutOff: Bool { isCancelled && state.cutover.isCommitted && !isDryRun }

  /// The colour that is live, if it is known.
  var serving: Color? {
    guard state.doubt == nil else { return nil }
    // How far a dry run has come is only assumed.
    if isDryRun { return state.active }
    return state.phase == .reloading ? nil : state.serving
  }
}
