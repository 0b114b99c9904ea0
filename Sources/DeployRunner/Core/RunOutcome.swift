extension RunReport {
  /// The outcomes of a run, by their names in JSON, the journal and `BGRUN_OUTCOME`.
  public enum Outcome: String, Hashable, Codable, Sendable {
    /// Everything was done; in a dry run, no obstacle was found (``RunReport/isDryRun``).
    case succeeded
    /// The new version is live, but the clean-up is incomplete.
    case cleanupIncomplete = "cleanup-incomplete"
    /// Failed before the switch; the previous version is live, untouched.
    case failed
    /// Failed after the switch and rolled back; the previous version is live.
    case rolledBack = "rolled-back"
    /// Manual intervention is required: the rollback failed too, or the version that should be live
    /// at the end is not.
    ///
    /// Also after a failure past the switch with `rollsBack` off.
    case rollbackFailed = "rollback-failed"
    /// The environment was not usable; nothing was changed.
    case unusable
    /// The plan does not fit the project; nothing was changed.
    case invalid
    /// Another deploy is running, deploys are locked, or an earlier run was interrupted.
    case locked
    /// An interrupted run was rolled back, as requested.
    case undone
    /// Cancelled; what could be rolled back was.
    case cancelled

    /// Decodes a name, including those in journals of earlier versions of bgrun.
    public init(from decoder: any Decoder) throws {
      let name = try decoder.singleValueContainer().decode(String.self)
      switch (Self(rawValue: name), name) {
      case (let outcome?, _): self = outcome
      case (nil, "unfinished"): self = .cleanupIncomplete
      case (nil, "rolledBack"): self = .rolledBack
      case (nil, "rollbackFailed"): self = .rollbackFailed
      case (nil, "takenBack"): self = .undone
      default:
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "\(name) is not an outcome"))
      }
    }

    /// The exit code of `bgrun`; 128 + the signal number for a run that a signal cancelled.
    package func exitCode(afterSignal signal: Int32? = nil) -> Int32 {
      switch self {
      case .succeeded, .undone: 0
      case .failed: 1
      case .invalid: 2
      case .rolledBack: 3
      case .rollbackFailed: 4
      case .locked: 5
      case .unusable: 6
      case .cleanupIncomplete: 7
      case .cancelled: 128 + (signal ?? 2)
      }
    }

    /// What an exit code says about a run whose report is not known.
    package init(exitCode: Int32) {
      self =
        switch exitCode {
        case 0: .succeeded
        case 2: .invalid
        case 3: .rolledBack
        case 4: .rollbackFailed
        case 5: .locked
        case 6: .unusable
        case 7: .cleanupIncomplete
        case 129...: .cancelled
        default: .failed
        }
    }

    /// The outcome as shown in status and history.
    package var text: String {
      self == .rollbackFailed ? sentence : rawValue.replacing("-", with: " ")
    }

    /// The outcome of the deploy, for the last line and for notifications.
    package var sentence: String {
      switch self {
      case .succeeded: "deployed"
      case .cleanupIncomplete: "deployed, clean-up incomplete"
      case .failed, .unusable, .invalid, .locked: "not deployed"
      case .rolledBack, .undone: "rolled back"
      // Perhaps there was no rollback: the final check found another version.
      case .rollbackFailed: "manual intervention required"
      case .cancelled: "cancelled"
      }
    }
  }

  /// The exit code of `bgrun` for the outcome; a run that a signal cancelled exits with 128 + the
  /// signal number instead.
  public var exitCode: Int32 { outcome.exitCode() }

  /// Whether the application is in the planned state, apart from clean-up.
  package var isDone: Bool { [.succeeded, .cleanupIncomplete, .undone].contains(outcome) }

  /// Whether the new version is live.
  var serves: Bool { hasSwitched && !isDryRun }
}

/// The status of a run, according to its journal.
package enum RunStatus: Hashable, Sendable {
  /// It ended.
  case ended(RunReport.Outcome)
  /// It is running.
  case running
  /// It ended without finishing: it was killed, or failed with rollback off.
  case interrupted
  /// It ended before it did anything.
  case neverStarted
  /// It was interrupted, and the user has marked it as resolved.
  case resolved
  /// Its journal cannot be read.
  case damaged

  /// The name in JSON: the outcome's, or `interrupted`, `never-started` …
  package var name: String {
    switch self {
    case .ended(let outcome): outcome.rawValue
    case .running: "running"
    case .interrupted: "interrupted"
    case .neverStarted: "never-started"
    case .resolved: "resolved"
    case .damaged: "damaged"
    }
  }

  /// The status as shown by `bgrun status` and `bgrun history`.
  package var text: String {
    if case .ended(let outcome) = self { outcome.text } else { name.replacing("-", with: " ") }
  }
}

extension RunStatus: Encodable {
  /// Writes the name.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
