public import DeployDSL

/// Options of a run.
public struct RunOptions: Sendable {
  /// What to do about an interrupted run.
  public enum Resume: Hashable, Sendable {
    /// Resume it.
    case goOn
    /// Roll it back.
    case undo
  }

  /// Who answers the approval prompts of `Approve`.
  public enum Approval: Sendable {
    /// No one: the step fails.
    case refuse
    /// Everything is approved in advance.
    case always
    /// The user is asked. The function must return when its task is cancelled.
    case ask(@Sendable (_ question: String) async throws -> Bool)
  }

  /// The active colour, as specified by the user; `nil` detects it.
  package var active: Color?
  /// Whether to show changes without making them.
  package var isDryRun: Bool
  /// Whether to roll back a failed run. Default: yes.
  package var rollsBack: Bool
  /// The reason for the run, shown in the lock and in history.
  package var reason: String?
  /// How long to wait for another deploy of the application to end; never with ``active``. Default:
  /// no wait.
  package var lockWait: Duration
  /// What to do about an interrupted run; `nil` starts a new run, and fails if one was interrupted.
  package var resume: Resume?
  /// The folder for lock and journal; `nil` uses the executor's.
  package var stateFolder: String?
  /// Who answers the approval prompts of `Approve`. Default: none are approved.
  package var approval: Approval
  /// Whether to measure what users see, as the plan says. Default: yes.
  package var takesReceipt = true
  /// Whether the site file is one that others on this machine may switch, too. Default: yes; no for
  /// rehearsals on a copy of the machine.
  package var locksSite = true
  /// Whether it may start although deploys are locked, because its deployment had started before.
  package var isAllowedWhenFrozen = false
  /// Whether it returns to the previous version, which a full disk must not prevent.
  package var goesBack = false
  /// The values of the plan's parameters, stored for later commands.
  package var parameters: [String: String] = [:]
  /// The purpose of the run. Default: what the other options mean.
  package var statedPurpose: RunPurpose?
  /// The plan's file, from the root, recorded for commands that run without it.
  package var planFile: String?
  /// The names of the parameters that the command line sets, which are shown.
  package var settings: Set<String> = []
  /// Whether to replace missing secrets by placeholders, as in a rehearsal.
  package var usesPlaceholderSecrets = false
  /// The values of secrets that were read elsewhere.
  package var secrets: [Secret: String] = [:]
  /// The contents of files that are written into the project before the first step, by their paths.
  package var files: [String: [UInt8]] = [:]
  /// Performs the commands of steps `on: .controller`. Default: the run's own executor.
  package var controller: (any Executor)?
  /// The ID of the run, if it is known before the run starts.
  package var run: String?

  /// Creates options.
  ///
  /// - Parameters:
  ///   - active: the active colour, as specified by the user. Default: detected.
  ///   - isDryRun: whether to show changes without making them. Default: no.
  ///   - rollsBack: whether to roll back a failed run. Default: yes.
  ///   - reason: the reason for the run. Default: none.
  ///   - lockWait: how long to wait for another deploy of the application to end; seconds if a
  ///     number. Default: no wait.
  ///   - resume: what to do about an interrupted run. Default: fail.
  ///   - stateFolder: the folder for lock and journal. Default: the executor's.
  ///   - approval: who answers the approval prompts of `Approve`. Default: none are approved.
  public init(
    active: Color? = nil, isDryRun: Bool = false, rollsBack: Bool = true, reason: String? = nil,
    lockWait: TimeSpan = 0, resume: Resume? = nil, stateFolder: String? = nil,
    approval: Approval = .refuse
  ) {
    self.active = active
    self.isDryRun = isDryRun
    self.rollsBack = rollsBack
    self.reason = reason
    self.lockWait = lockWait.duration
    self.resume = resume
    self.stateFolder = stateFolder
    self.approval = approval
  }
}
