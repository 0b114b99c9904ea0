public import DeployDSL

/// Several applications that are deployed in one run: in sequence, in parallel, or atomically.
///
/// ```swift
/// let group = DeploymentGroup([
///   .atomically([.init(api, on: host), .init(web, on: host)]),
///   .inParallel([.init(mail, on: host), .init(wiki, on: host)], limit: 2),
/// ])
/// let report = try await group.run()
/// for member in report.members { print(member.application.name, member.fate) }
/// ```
/// Each application has its own lock, journal and undo, as if it were deployed alone. Stages run in
/// order; after a failure the later stages are not started. For one application use ``Deployer``.
public struct DeploymentGroup: Sendable {
  /// An application and its runner.
  public struct Member: Sendable {
    /// The compiled plan.
    package var graph: StepGraph
    /// The runner.
    package var runner: Deployer

    /// Creates a member.
    public init(_ graph: StepGraph, on runner: Deployer) {
      self.graph = graph
      self.runner = runner
    }
  }

  /// Members that start together.
  public struct Stage: Sendable {
    /// The members.
    package var members: [Member]
    /// How many run at a time; `nil` means all. Values below 1 count as 1.
    package var limit: Int?
    /// Whether all are deployed or none.
    package var isAtomic: Bool

    /// A single member.
    public static func alone(_ member: Member) -> Stage {
      Stage(members: [member], limit: 1, isAtomic: false)
    }

    /// Members that run in parallel; a failure does not affect the others.
    public static func inParallel(_ members: [Member], limit: Int? = nil) -> Stage {
      Stage(members: members, limit: limit, isAtomic: false)
    }

    /// Members that are all deployed, or none.
    ///
    /// When one fails, or the run is cancelled, the running ones are undone and the finished ones
    /// are rolled back by ``Deployer/rollback(of:)``, last one first, unless their `rollsBack` is
    /// off.
    public static func atomically(_ members: [Member], limit: Int? = 1) -> Stage {
      Stage(members: members, limit: limit, isAtomic: true)
    }
  }

  /// An event of a member.
  public struct MemberEvent: Sendable {
    /// The member's index, from 0.
    public var member: Int
    /// Whether the member had finished and is being rolled back, by a run of its own.
    public var isRollback: Bool
    /// The event.
    public var event: Event
  }

  /// The stages, in order.
  package let stages: [Stage]

  /// Creates a group.
  public init(_ stages: [Stage]) { self.stages = stages }

  /// All members, in order: events and reports number them so.
  package var members: [Member] { stages.flatMap(\.members) }

  /// Runs the group.
  ///
  /// Cancelling the calling task cancels the runs: what can be undone is, nothing new is started,
  /// and atomic stages are rolled back.
  ///
  /// This is the only call that passes on its task's cancellation. If that task may be cancelled
  /// for other reasons, for example when an HTTP client disconnects, await it in a `Task` of its
  /// own.
  ///
  /// - Parameter observer: Receives the events on the thread where they occur. Default: events are
  ///   dropped.
  /// - Throws: ``/DeployDSL/PlanError`` with the issues of every member's graph; nothing has been
  ///   started then.
  public func run(
    observer: @escaping @Sendable (MemberEvent) -> Void = { _ in }
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
    observer: @escaping @Sendable (MemberEvent) -> Void
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

  /// Why a plan cannot be part of an atomic group; `nil` if it can.
  package static func obstacle(toRollingBack graph: StepGraph) -> PlanDiagnostic? {
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
