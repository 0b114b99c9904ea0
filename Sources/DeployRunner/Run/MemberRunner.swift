package import DeployDSL

/// Runs a member of a group: on this host, or on another one.
package protocol MemberRunner: Sendable {
  /// Whether a failure of the group rolls the member back.
  var rollsBack: Bool { get }

  /// Runs the plan to its end; cancelling the calling task cancels the run, whose rollback is waited
  /// for.
  func deploy(
    _ graph: StepGraph, observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Ending

  /// Rolls the run back that has made a new version live, because another one of its group failed.
  func rollBack(
    _ graph: StepGraph, _ report: RunReport, observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Rollback
}

extension RunReport {
  /// Why a finished run cannot be rolled back because of another one; `nil` if it can.
  package var rollbackObstacle: String? {
    isInterrupted && !isCutOff ? "not rolled back (.onFailure(.stop))" : nil
  }

  /// Whether it was cancelled while it stopped its previous version: it is undone from its own
  /// journal.
  package var isCutOff: Bool { isInterrupted && isCancelled }

  package var isCancelled: Bool { outcome == .cancelled }
}

extension Deployer: MemberRunner {
  package var rollsBack: Bool { options.rollsBack }

  package func deploy(
    _ graph: StepGraph, observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Ending {
    .run(await start(graph, observer: observer).reportOrCancel())
  }

  package func rollBack(
    _ graph: StepGraph, _ report: RunReport, observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Rollback {
    if let obstacle = report.rollbackObstacle { return .left(obstacle) }
    do {
      if let other = try await supersedes(report, of: graph) { return .superseded(by: other) }
      var options = options
      let isOnRecord = (options.stateFolder ?? executor.stateFolder) != nil
      options.resume = report.isCutOff && isOnRecord ? .undo : nil
      // The group's deploy was already running when deploys were locked.
      options.isAllowedWhenFrozen = true
      options.goesBack = true
      options.statedPurpose = nil
      // Whoever holds the lock deploys a newer version, which must stay active.
      options.lockWait = .zero
      options.reason = DeploymentGroupReport.Rollback.reason
      // The user's initial settings no longer apply.
      if options.active != nil { options.active = report.serving }
      let runner = Deployer(executor: executor, options: options)
      let graph = options.resume == .undo ? graph : try Self.rollback(of: graph)
      return .run(await runner.start(graph, observer: observer).report())
    } catch {
      return .left("\(error)")
    }
  }

  /// The service that another deploy has made live, which must stay so.
  ///
  /// - Throws: ``DeployError`` if the host fails to answer twice: then the owner is unknown.
  private func supersedes(_ report: RunReport, of graph: StepGraph) async throws -> String? {
    let application = graph.applicationAlone
    var status = try? await status(of: application)
    if status == nil { status = try await self.status(of: application) }
    guard let now = status?.serving, let own = report.serving, now != own else { return nil }
    return "\(graph.application.serviceID(now))"
  }
}

extension DeploymentGroupReport.Rollback {
  /// The reason for the rollback, for lock and history.
  package static let reason = "rolled back, because another application of its group failed"

  /// It was not attempted, because another deploy has made a service live.
  package static func superseded(by service: String) -> Self {
    .left("another deploy has replaced it since: \(service) is live")
  }
}
