package import DeployDSL

/// Why a deploy must not start now; nothing has been changed.
package enum LockError: Error, Hashable, Sendable {
  /// Another deploy is running; `nil` if it has not published its holder.
  case held(application: String, by: LockHolder?)
  /// A user has locked deploys.
  case frozen(Freeze)
  /// An earlier run was interrupted.
  case interrupted(JournalSummary)

  /// The exit code of bgrun.
  package static let exitCode: Int32 = 5

  /// The error for the report.
  package var failure: DeployError { failure() }

  /// The error for the report, at a given time.
  package func failure(now: Timestamp = .now) -> DeployError {
    switch self {
    case .held(let application, let holder):
      DeployError(
        .locked,
        holder?.sentence(now: now) ?? "\(application) is being deployed by another process",
        fix: "run the same command again with --lock-wait 5m to wait for it; or press Ctrl-C where "
          + "it runs")
    case .frozen(let freeze):
      DeployError(
        .locked, freeze.sentence(now: now),
        fix: "ask \(freeze.user) first, then: `bgrun unlock PLAN`")
    case .interrupted(let run):
      DeployError(
        .locked, run.interruptedSentence(now: now),
        fix: JournalSummary.remedies(isUndoing: run.isUndoing))
    }
  }
}

extension LockError: CustomStringConvertible {
  /// What blocks the deploy, and what to do.
  package var description: String { failure.description }
}
