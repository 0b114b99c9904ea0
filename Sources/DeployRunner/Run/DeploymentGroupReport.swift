public import DeployDSL

/// How a fleet's run ended.
public struct DeploymentGroupReport: Sendable {
  /// How it ended for one application.
  public struct Member: Sendable {
    /// The application.
    public var application: Application
    /// How its run ended; `nil` if it was not started.
    public var run: RunReport?
    /// How its rollback went, if one was tried after it had finished.
    package var bringingBack: BringingBack?

    init(_ member: DeploymentGroup.Member) { application = member.graph.application }
  }

  /// How the rollback of a member went.
  package enum BringingBack: Sendable {
    /// It was tried, by a run of its own.
    case run(RunReport)
    /// It was not tried; the reason.
    case left(String)
  }

  /// What became of an application.
  public enum Fate: String, Hashable, Sendable {
    /// Its new version serves.
    case done
    /// Its run failed, which its report tells about.
    case failed
    /// It was not started, because of a failure before it or an interruption.
    case notStarted = "not-started"
    /// It was cancelled and undone while it ran, because of another's failure or an interruption.
    case cancelled
    /// It had finished, and was rolled back.
    case broughtBack = "brought-back"
    /// It had finished and should have been rolled back, which failed: a person is needed.
    case notBroughtBack = "not-brought-back"
  }

  /// The applications, in the fleet's order.
  public var members: [Member]
  /// The application whose failure made the others be cancelled, not started or rolled back.
  package var cause: String?
  /// Whether the run was cancelled as a whole.
  package var isInterrupted: Bool

  /// Exit codes, the worst first; those of signals stand together.
  private static let order: [Int32] = [4, 130, 143, 129, 131, 3, 1, 6, 5, 2, 7]

  /// The status that `bgrun` exits with: the worst of all applications'.
  public var exitCode: Int32 { exitCode(afterSignal: nil) }

  /// The status to exit with after a signal.
  package func exitCode(afterSignal signal: Int32?) -> Int32 {
    var codes = members.compactMap { exitCode(of: $0, afterSignal: signal) }
    let byInterruption: [Fate] = [.notStarted, .broughtBack, .notBroughtBack]
    if isInterrupted, members.contains(where: { byInterruption.contains($0.fate) }) {
      codes.append(128 + (signal ?? 2))
    }
    return Self.order.first(where: codes.contains) ?? codes.first { $0 != 0 } ?? 0
  }

  /// The status for one application; `nil` if it was not started.
  package func exitCode(of member: Member, afterSignal signal: Int32? = nil) -> Int32? {
    switch member.fate {
    case .notStarted: nil
    case .broughtBack: 3
    case .notBroughtBack: 4
    // Not by a signal: like any run that failed and was undone.
    case .cancelled where !isInterrupted: 1
    case .cancelled, .done, .failed: member.run?.outcome.exitCode(afterSignal: signal)
    }
  }
}

extension DeploymentGroupReport.Member {
  /// What became of the application.
  public var fate: DeploymentGroupReport.Fate {
    guard let run else { return .notStarted }
    switch bringingBack {
    case .run(let report): return report.isDone ? .broughtBack : .notBroughtBack
    case .left: return .notBroughtBack
    case nil:
      if run.isDone { return .done }
      return run.isCancelled ? .cancelled : .failed
    }
  }

  /// The colour that serves now, as far as it is known.
  public var serving: Color? {
    if case .run(let report) = bringingBack { return report.serving }
    return run?.serving
  }
}
