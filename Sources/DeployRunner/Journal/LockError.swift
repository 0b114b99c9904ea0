package import DeployDSL

/// Why a deploy must not begin now; nothing has been changed.
package enum LockError: Error, Hashable, Sendable {
  /// Another one is under way; `nil` if it has not said who it is.
  case held(application: String, by: LockHolder?)
  /// A person has locked deploys.
  case frozen(Freeze)
  /// An earlier run was interrupted.
  case interrupted(JournalSummary)

  /// The status that bgrun exits with.
  package static let exitCode: Int32 = 5

  /// The refusal as a report's failure.
  package var failure: DeployError { failure() }

  /// The refusal as a report's failure, told at some time.
  package func failure(now: Timestamp = .now) -> DeployError {
    switch self {
    case .held(let application, let holder):
      DeployError(
        .locked,
        holder?.sentence(now: now) ?? "\(application) is being deployed by another process",
        fix: "wait for it (`--lock-wait 5m`), or stop it")
    case .frozen(let freeze):
      DeployError(
        .locked, freeze.sentence(now: now),
        fix: "unlock with `bgrun unlock PLAN`")
    case .interrupted(let run):
      DeployError(
        .locked, run.interruptedSentence(now: now),
        fix: JournalSummary.waysOn(isUndoing: run.isUndoing))
    }
  }
}

extension LockError: CustomStringConvertible {
  /// Who or what is in the way, and what to do.
  package var description: String { failure.description }
}
