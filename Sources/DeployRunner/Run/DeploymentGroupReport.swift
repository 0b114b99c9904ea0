public import DeployDSL

/// How a group's run ended.
public struct DeploymentGroupReport: Sendable {
  /// The result for one application on a host.
  public struct Member: Sendable {
    /// The application.
    public var application: Application
    /// The host's name, if several hosts are deployed.
    public var host: String?
    /// The report of its run; `nil` if it was not started.
    public var run: RunReport?
    /// How its rollback went, if it was rolled back after it had finished.
    package var rollback: Rollback?
    /// What is known of a run that can no longer be followed.
    package var outOfSight: String?

    init(_ member: DeploymentGroup.Member) {
      self.init(member.graph.application)
      host = member.host
    }

    init(_ application: Application) { self.application = application }
  }

  /// How a member's run ended.
  package enum Ending: Sendable {
    /// It has ended.
    case run(RunReport)
    /// It continues elsewhere, but can no longer be followed: what is known of it.
    case outOfSight(String)
    /// It was cancelled before it started.
    case notStarted
  }

  /// The rollback of a member.
  package enum Rollback: Sendable {
    /// It was attempted, by a run of its own.
    case run(RunReport)
    /// It was not attempted, with the reason.
    case left(String)
  }

  /// The result for an application.
  public enum Fate: String, Hashable, Sendable {
    /// Its new version is live.
    case done
    /// Its run failed; see its report.
    case failed
    /// It was not started, because of an earlier failure or an interruption.
    case notStarted = "not-started"
    /// It was cancelled and undone while it was running, because of another failure or an
    /// interruption.
    case cancelled
    /// It had finished, and was rolled back.
    case rolledBack = "rolled-back"
    /// It had finished and its rollback failed: manual intervention is required.
    case rollbackFailed = "rollback-failed"
    /// The connection to its host was lost; its run continues there.
    case outOfSight = "out-of-sight"
  }

  /// The applications, in the group's order.
  public var members: [Member]
  /// The application whose failure cancelled, blocked or rolled back the others.
  package var cause: String?
  /// Whether the whole run was cancelled.
  package var isInterrupted: Bool

  /// The members' names, by what tells them apart.
  package var titles: [String] {
    Self.titles(applications: members.map(\.application.name), hosts: members.compactMap(\.host))
  }

  /// The names of members: applications, hosts, or both.
  package static func titles(applications: [String], hosts: [String]) -> [String] {
    guard hosts.count == applications.count else { return applications }
    guard Set(applications).count > 1 else { return hosts }
    return zip(applications, hosts).map { "\($0) on \($1)" }
  }

  /// The worst of some exit codes; 0 for none.
  package static func worst(of codes: [Int32]) -> Int32 {
    order.first(where: codes.contains) ?? codes.first { $0 != 0 } ?? 0
  }

  /// Exit codes, the worst first; those of signals rank equally.
  private static let order: [Int32] = [4, 8, 130, 143, 129, 131, 3, 1, 6, 5, 2, 7]

  /// The exit code of `bgrun`: the worst of all applications'.
  public var exitCode: Int32 { exitCode(afterSignal: nil) }

  /// The exit code after a signal.
  package func exitCode(afterSignal signal: Int32?) -> Int32 {
    var codes = members.compactMap { exitCode(of: $0, afterSignal: signal) }
    let byInterruption: [Fate] = [.notStarted, .rolledBack, .rollbackFailed]
    if isInterrupted, members.contains(where: { byInterruption.contains($0.fate) }) {
      codes.append(128 + (signal ?? 2))
    }
    return Self.worst(of: codes)
  }

  /// The exit code for one application; `nil` if it was not started.
  package func exitCode(of member: Member, afterSignal signal: Int32? = nil) -> Int32? {
    switch member.fate {
    case .notStarted: nil
    case .rolledBack: 3
    case .rollbackFailed: 4
    case .outOfSight: 8
    // Not by a signal: like any run that failed and was undone.
    case .cancelled where !isInterrupted: 1
    case .cancelled, .done, .failed: member.run?.outcome.exitCode(afterSignal: signal)
    }
  }
}

extension DeploymentGroupReport.Member {
  /// The result for the application.
  public var fate: DeploymentGroupReport.Fate {
    if outOfSight != nil { return .outOfSight }
    guard let run else { return .notStarted }
    switch rollback {
    case .run(let report): return report.isDone ? .rolledBack : .rollbackFailed
    case .left: return .rollbackFailed
    case nil:
      if run.isDone { return .done }
      return run.isCancelled ? .cancelled : .failed
    }
  }

  /// The active colour, as far as it is known.
  public var serving: Color? {
    if case .run(let report) = rollback { return report.serving }
    return run?.serving
  }
}
