public import DeployDSL

/// What a run should do differently.
public struct RunOptions: Sendable {
  /// What to do about an interrupted run.
  public enum Resume: Hashable, Sendable {
    /// Go on with it.
    case goOn
    /// Take it back.
    case undo
  }

  /// Who says yes to what `Approve` asks.
  public enum Approval: Sendable {
    /// Nobody: the step fails.
    case refuse
    /// Everything is approved beforehand.
    case always
    /// Somebody is asked. The function must end when its task is cancelled.
    case ask(@Sendable (_ question: String) async throws -> Bool)
  }

  /// The colour that serves, said by a person; `nil` lets the witnesses decide.
  package var active: Color?
  /// Whether changes are described instead of made.
  package var isDryRun: Bool
  /// Whether a failed run is rolled back. Default: yes.
  package var rollsBack: Bool
  /// Why it is run, for those who find it in their way and for the history.
  package var reason: String?
  /// How long to wait for another deploy of the application to end; with ``active`` said, never.
  /// Default: not at all.
  package var lockWait: Duration
  /// Whether an interrupted run is resumed; `nil` begins a new one, and refuses to
  /// if there is one.
  package var resume: Resume?
  /// The folder for lock and journal; `nil` is the executor's own.
  package var stateFolder: String?
  /// Who says yes to what `Approve` asks. Default: nothing is approved.
  package var approval: Approval
  /// Whether it may begin although deploys are locked, because it belongs to one that had
  /// begun before.
  package var isAllowedWhenFrozen = false
  /// Whether it puts back what served before: a full disk must not keep it from that.
  package var goesBack = false
  /// The values of the plan's parameters, for the record: later commands need them.
  package var parameters: [String: String] = [:]
  /// Whether a secret that is not there is made up, as when a plan is only tried.
  package var usesPlaceholderSecrets = false

  /// Makes options; by default nothing is different.
  ///
  /// - Parameters:
  ///   - active: the colour that serves, said by a person. Default: the witnesses decide.
  ///   - isDryRun: whether changes are described instead of made. Default: no.
  ///   - rollsBack: whether a failed run is rolled back. Default: yes.
  ///   - reason: why it is run. Default: nothing is said.
  ///   - lockWait: how long to wait for another deploy of the application to end; seconds if a
  ///     number. Default: not at all.
  ///   - resume: what to do about an interrupted run. Default: refuse to begin a new one.
  ///   - stateFolder: the folder for lock and journal. Default: the executor's own.
  ///   - approval: who says yes to what `Approve` asks. Default: nothing is approved.
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
