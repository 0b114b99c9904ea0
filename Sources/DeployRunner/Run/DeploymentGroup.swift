public import DeployDSL

/// Several applications that are deployed by one run: one after the other, side by side, or as one.
///
/// ```swift
/// let fleet = DeploymentGroup([
///   .atomically([.init(api, on: host), .init(web, on: host)]),
///   .inParallel([.init(mail, on: host), .init(wiki, on: host)], limit: 2),
/// ])
/// let report = try await fleet.run()
/// for member in report.members { print(member.application.name, member.fate) }
/// ```
/// Each application has its own lock, journal and undo, as if it were deployed alone. Stages run
/// in their order; after one with a failure the later ones are not started. For one application
/// use ``Deployer``.
public struct DeploymentGroup: Sendable {
  /// One application, and what runs it.
  public struct Member: Sendable {
    /// The compiled plan.
    package var graph: StepGraph
    /// What runs it.
    package var runner: Deployer

    /// Makes a member.
    public init(_ graph: StepGraph, on runner: Deployer) {
      self.graph = graph
      self.runner = runner
    }
  }

  /// Members that begin together.
  public struct Stage: Sendable {
    /// The members.
    package var members: [Member]
    /// How many run at a time; `nil` is all of them. Less than 1 counts as 1.
    package var limit: Int?
    /// Whether all are deployed or none.
    package var isAtomic: Bool

    /// One member alone.
    public static func alone(_ member: Member) -> Stage {
      Stage(members: [member], limit: 1, isAtomic: false)
    }

    /// Members that run side by side; a failure does not affect the others.
    public static func inParallel(_ members: [Member], limit: Int? = nil) -> Stage {
      Stage(members: members, limit: limit, isAtomic: false)
    }

    /// Members that are all deployed, or none.
    ///
    /// When one fails, or the run is cancelled, the running ones are undone and the finished ones are
    /// rolled back by ``Deployer/rollback(of:)``, the last one first; unless their
    /// `rollsBack` is off.
    public static func atomically(_ members: [Member], limit: Int? = 1) -> Stage {
      Stage(members: members, limit: limit, isAtomic: true)
    }
  }

  /// The stages, in their order.
  package let stages: [Stage]

  /// Makes a fleet.
  public init(_ stages: [Stage]) { self.stages = stages }

  /// All members, in their order: the numbers that events and reports use.
  package var members: [Member] { stages.flatMap(\.members) }

  /// Runs all of it.
  ///
  /// When the calling task is cancelled the runs are too: what can be undone is, nothing new is
  /// started, and atomic stages are rolled back.
  ///
  /// This is the one call that hands its task's cancellation on: where that task may be cancelled
  /// for other reasons, as an HTTP request's is when its client goes, await it in a `Task` of its
  /// own.
  ///
  /// - Parameter observer: told what happens, on the thread that it happens on. Default: events are dropped.
  /// - Throws: ``/DeployDSL/PlanError`` with the problems of every member's graph; nothing has been
  ///   started then.
  public func run(
    observer: @escaping @Sendable (FleetEvent) -> Void = { _ in }
  ) async throws(PlanError) -> DeploymentGroupReport {
    let problems = members.flatMap { member -> [PlanDiagnostic] in
      do throws(PlanError) {
        try member.graph.validate()
        return []
      } catch {
        return error.diagnostics
      }
    }
    guard problems.isEmpty else { throw PlanError(problems) }
    return await runValidated(observer: observer)
  }

  /// Runs members whose graphs have been validated.
  package func runValidated(
    observer: @escaping @Sendable (FleetEvent) -> Void
  ) async -> DeploymentGroupReport {
    var reports: [DeploymentGroupReport.Member] = []
    var isStopped = false
    for stage in stages {
      if isStopped || Task.isCancelled {
        reports += stage.members.map { DeploymentGroupReport.Member($0) }
        continue
      }
      let run = StageRun(stage: stage, first: reports.count, observer: observer)
      let (members, hasFailed) = await run.run()
      reports += members
      isStopped = hasFailed
    }
    let cause = reports.first { $0.run.map { !$0.isDone && !$0.isCancelled } ?? false }
    return DeploymentGroupReport(
      members: reports, cause: cause?.application.name, isInterrupted: Task.isCancelled)
  }

  /// Why a plan cannot stand among those that are deployed as one; `nil` if it can.
  package static func obstacle(toBringingBack graph: StepGraph) -> PlanDiagnostic? {
    let kinds = graph.nodes.map(\.kind)
    guard kinds.contains("swap-nginx"), kinds.contains("reload") else {
      return PlanDiagnostic(
        "\(graph.application.name) has no SwapNginx and Reload, so `atomically` could not roll "
          + "it back",
        fix: "write it before or after the block", at: graph.location)
    }
    return nil
  }
}

/// Something that happened to a member of a fleet.
public struct FleetEvent: Sendable {
  /// The member's number, counted from 0.
  public var member: Int
  /// Whether the member is being rolled back after it had finished, by a run of its own.
  public var isBringingBack: Bool
  /// What happened.
  public var event: Event
}
