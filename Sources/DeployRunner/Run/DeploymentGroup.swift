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
  /// An application on a host.
  public struct Member: Sendable {
    /// The compiled plan.
    package var graph: StepGraph
    /// The host's name, if several hosts are deployed.
    package var host: String?
    /// Who runs it.
    package var runner: any MemberRunner

    /// Creates a member.
    ///
    /// - Parameters:
    ///   - graph: the compiled plan.
    ///   - runner: the runner of its host.
    ///   - host: the host's name in reports. Default: none, if there is only one host.
    public init(_ graph: StepGraph, on runner: Deployer, host: String? = nil) {
      self.init(graph, by: runner, on: host)
    }

    package init(_ graph: StepGraph, by runner: any MemberRunner, on host: String?) {
      (self.graph, self.runner, self.host) = (graph, runner, host)
    }
  }

  /// A part of a stage.
  package struct StageWave: Sendable, Hashable {
    /// How many of the stage's members it has.
    package var count: Int
    /// The pause before it.
    package var pause = Duration.zero
  }

  /// Members that start together.
  public struct Stage: Sendable {
    /// The members.
    package var members: [Member]
    /// How many run at a time; `nil` means all. Values below 1 count as 1.
    package var limit: Int?
    /// Whether all are deployed or none.
    package var isAtomic: Bool
    /// The waves in which they start; `nil` means one.
    package var waves: [StageWave]?

    /// An application on several hosts: a wave starts when all hosts of the one before have
    /// succeeded, a failure stops the rest.
    ///
    /// - Parameters:
    ///   - hosts: the application on each host, in order.
    ///   - waves: how many hosts are deployed at a time. Default: one host, then all others.
    ///   - pause: the time between two waves, in seconds if a number. Default: none.
    ///   - isAtomic: whether a failure rolls back the hosts that have been deployed. Default: no.
    public static func inWaves(
      _ hosts: [Member], _ waves: [Wave] = [1, .all], pause: TimeSpan = 0, isAtomic: Bool = false
    ) -> Stage {
      let rollout = Rollout(
        hosts: hosts.map { $0.host ?? "" }, waves: waves, pause: pause.duration)
      return inWaves([(rollout, hosts)], limit: nil, isAtomic: isAtomic)
    }

    /// Several applications, each on its hosts: their first waves, then their second ones.
    ///
    /// - Parameter limit: how many applications are deployed at a time; `nil` means all.
    package static func inWaves(
      _ plans: [(rollout: Rollout, members: [Member])], limit: Int?, isAtomic: Bool
    ) -> Stage {
      var stage = Stage(members: [], limit: nil, isAtomic: isAtomic, waves: [])
      let limit = max(1, min(limit ?? .max, plans.count))
      let sizes = plans.map { $0.rollout.waves.sizes(for: $0.members.count) }
      for wave in 0..<(sizes.map(\.count).max() ?? 0) {
        var pause = plans.map(\.rollout.pause).max() ?? .zero
        for first in stride(from: 0, to: plans.count, by: limit) {
          let chunk = first..<min(first + limit, plans.count)
          let members = chunk.flatMap { plan in
            let taken = sizes[plan].prefix(wave).reduce(0, +)
            let size = wave < sizes[plan].count ? sizes[plan][wave] : 0
            return plans[plan].members.dropFirst(taken).prefix(size)
          }
          guard !members.isEmpty else { continue }
          stage.waves?.append(
            StageWave(count: members.count, pause: stage.members.isEmpty ? .zero : pause))
          stage.members += members
          pause = .zero
        }
      }
      return stage
    }

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

  /// A wave that is about to start.
  package struct WaveStart: Sendable, Hashable {
    /// Its number, from 1.
    package var number: Int
    /// The number of waves of its stage.
    package var of: Int
    /// Its members, by their numbers in the group.
    package var members: Range<Int>
    /// The pause before it.
    package var pause: Duration
  }

  /// How many hosts are deployed at the same time at most.
  package static let mostHosts = 32

  /// The stages, in order.
  package let stages: [Stage]
  /// Waits between waves.
  package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

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
  ///
  /// - Parameter onWave: told of each wave of a stage that has waves.
  package func runValidated(
    observer: @escaping @Sendable (MemberEvent) -> Void,
    onWave: @escaping @Sendable (WaveStart) -> Void = { _ in }
  ) async -> DeploymentGroupReport {
    var reports: [DeploymentGroupReport.Member] = []
    var isStopped = false
    for stage in stages {
      if isStopped || Task.isCancelled {
        reports += stage.members.map { DeploymentGroupReport.Member($0) }
        continue
      }
      let run = StageRun(
        stage: stage, first: reports.count, observer: observer, onWave: onWave, sleep: sleep)
      let (members, hasFailed) = await run.run()
      reports += members
      isStopped = hasFailed
    }
    var report = DeploymentGroupReport(members: reports, isInterrupted: Task.isCancelled)
    let cause = reports.firstIndex {
      $0.run.map { !$0.isDone && !$0.isCancelled } ?? ($0.outOfSight != nil)
    }
    report.cause = cause.map { report.titles[$0] }
    return report
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
