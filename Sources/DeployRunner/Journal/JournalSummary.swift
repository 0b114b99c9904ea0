package import DeployDSL

/// One run, as a line of the history.
package struct JournalSummary: Hashable, Sendable {
  /// What became of a run.
  package enum Fate: Hashable, Sendable {
    /// It ended.
    case ended(JournalEnd)
    /// It died before it did anything.
    case neverStarted
    /// It was interrupted. The end is set if it stopped without a rollback, or with a failed one;
    /// `nil` if it died or is still running: the lock tells which.
    case interrupted(JournalEnd?)
    /// It is running now.
    case running
    /// It was interrupted, and a user marked it as resolved.
    case resolved(how: String)
    /// Its journal cannot be read.
    case damaged(DeployError)
  }

  package var run: RunID
  package var header: JournalHeader?
  package var fate: Fate
  /// Milliseconds from the start of the run to its last record.
  package var milliseconds: Int
  /// The names of the steps that were running when it died, or that failed.
  package var steps: [String]
  /// Whether its rollback had started: then it cannot be resumed.
  package var isUndoing = false

  package init(_ run: RunID, _ journal: Journal) {
    let state = journal.state
    self.run = run
    header = state.header
    isUndoing = state.isUndoing
    milliseconds = journal.records.last?.at ?? 0
    steps = (state.left == nil ? state.begun : state.stopped).map { node in
      guard let steps = state.header?.steps, steps.indices.contains(node) else {
        return "node \(node)"
      }
      return steps[node]
    }
    // A resumed run that finished has an end; the end of a resolved one does not count.
    fate =
      if let end = state.end {
        .ended(end)
      } else if let how = state.resolution {
        .resolved(how: how)
      } else if state.header == nil {
        .neverStarted
      } else {
        .interrupted(state.left)
      }
  }

  /// A finished run, from its first and last records.
  init(_ run: RunID, _ header: JournalHeader, _ last: JournalRecord) {
    self.run = run
    self.header = header
    milliseconds = last.at
    steps = []
    fate =
      switch last.entry {
      case .runFinished(let end): .ended(end)
      case .resolved(_, _, let how): .resolved(how: how)
      default: .interrupted(nil)
      }
  }

  /// How the run ended, if it did.
  package var end: JournalEnd? {
    switch fate {
    case .ended(let end): end
    case .interrupted(let end): end
    case .neverStarted, .running, .resolved, .damaged: nil
    }
  }

  /// The purpose: that of the process that ended it, otherwise of the one that started it.
  package var purpose: RunPurpose? { end?.purpose ?? header?.purpose }

  /// The versions; `nil` if the run did not end, or an earlier version of bgrun ran it.
  package var versions: VersionChange? { end?.versions }

  /// The status of the run.
  package var status: RunStatus {
    switch fate {
    case .ended(let end): .ended(end.outcome)
    case .interrupted(let end?) where end.outcome == .rollbackFailed && isUndoing:
      .ended(.rollbackFailed)
    case .interrupted: .interrupted
    case .neverStarted: .neverStarted
    case .running: .running
    case .resolved: .resolved
    case .damaged: .damaged
    }
  }

  /// How to deal with an interrupted run, as text.
  ///
  /// - Parameter isUndoing: Whether its rollback had started.
  package static func remedies(isUndoing: Bool) -> String {
    let undo = "roll it back (`bgrun resume PLAN --undo`)"
    let settle = "fix it manually and mark it as resolved (`bgrun resolve PLAN`)"
    return isUndoing
      ? "\(undo), or \(settle)" : "resume it (`bgrun resume PLAN`), \(undo), or \(settle)"
  }

  /// Whether the run was in progress at a given time and ended with this colour active.
  func hasChanged(at time: Timestamp, leaving color: Color) -> Bool {
    guard case .ended(let end) = fate, end.serving == color, let began = header?.started.seconds
    else { return false }
    // Both times are in whole seconds.
    return (began - 1...began + milliseconds / 1000 + 2).contains(time.seconds)
  }

  init(_ run: RunID, damage: DeployError) {
    self.run = run
    fate = .damaged(damage)
    milliseconds = 0
    steps = []
  }

  /// `run 20261123-021405-7f3a of grafana by ann on web1 at 02:14:05 was interrupted at step Health`.
  package func interruptedSentence(now: Timestamp = .now) -> String {
    let step = steps.isEmpty ? "" : " at step \(steps.joined(separator: ", "))"
    let ending =
      switch fate {
      case .interrupted(let end?) where end.outcome == .rollbackFailed && isUndoing:
        (steps.isEmpty ? "" : "failed\(step) and ") + "could not be rolled back"
      case .interrupted(let end?) where end.outcome == .cancelled:
        "was interrupted\(step) and not rolled back"
      case .interrupted(_?): "failed\(step) and was not rolled back"
      default: "was interrupted\(step)"
      }
    guard let header else { return "run \(run) \(ending)" }
    return "run \(run) of \(header.application) by \(header.user) on \(header.host) at "
      + "\(header.started.forPeople(now: now)) \(ending)"
      + (header.reason.map { ": \"\($0)\"" } ?? "")
  }
}
