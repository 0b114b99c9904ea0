import DeployDSL

/// One stage of a group from its first member to its last: one task group around ``StageState``.
struct StageRun: Sendable {
  let stage: DeploymentGroup.Stage
  /// The index of the stage's first member in the group.
  let first: Int
  let observer: @Sendable (DeploymentGroup.MemberEvent) -> Void

  /// Runs the stage; returns a report for each member, and whether one failed or all was cancelled.
  func run() async -> (members: [DeploymentGroupReport.Member], hasFailed: Bool) {
    var reports = stage.members.map { DeploymentGroupReport.Member($0) }
    var state = StageState(
      count: stage.members.count, limit: stage.limit, isAtomic: stage.isAtomic)
    await withTaskGroup(of: (Int, RunReport).self) { group in
      while true {
        if Task.isCancelled { state.interrupt() }
        for member in state.start() { group.addTask { (member, await deploy(member)) } }
        guard let (member, report) = await group.next() else { break }
        reports[member].run = report
        state.ended(member, hasSucceeded: report.isDone, serves: report.serves)
        if state.mustCancel { group.cancelAll() }
      }
    }
    if Task.isCancelled { state.interrupt() }
    for member in state.toRollBack {
      guard let report = reports[member].run, stage.members[member].runner.options.rollsBack
      else { continue }
      reports[member].rollback = await uncancelled { await rollBack(member, report) }
    }
    return (reports, state.failed != nil || Task.isCancelled)
  }

  private func deploy(_ member: Int) async -> RunReport {
    let its = stage.members[member]
    return await its.runner.start(its.graph, observer: tell(member, isRollback: false))
      .reportOrCancel()
  }

  private func tell(_ member: Int, isRollback: Bool) -> @Sendable (Event) -> Void {
    { event in
      observer(
        DeploymentGroup.MemberEvent(member: first + member, isRollback: isRollback, event: event))
    }
  }

  // MARK: Rollback

  private func rollBack(_ member: Int, _ report: RunReport) async
    -> DeploymentGroupReport.Rollback
  {
    let its = stage.members[member]
    // A run that was cancelled while it stopped its previous version is undone from its own
    // journal.
    let isCutOff = report.isInterrupted && report.isCancelled
    if report.isInterrupted, !isCutOff {
      return .left("not rolled back (.onFailure(.stop))")
    }
    do {
      if let other = try await supersededBy(member, report) {
        return .left("another deploy has replaced it since: \(other) is live")
      }
      var options = its.runner.options
      let isOnRecord = (options.stateFolder ?? its.runner.executor.stateFolder) != nil
      options.resume = isCutOff && isOnRecord ? .undo : nil
      // The group's deploy was already running when deploys were locked.
      options.isAllowedWhenFrozen = true
      options.goesBack = true
      options.statedPurpose = nil
      // Whoever holds the lock deploys a newer version, which must stay active.
      options.lockWait = .zero
      options.reason = "rolled back, because another application of its group failed"
      // The user's initial settings no longer apply.
      if options.active != nil { options.active = report.serving }
      let runner = Deployer(executor: its.runner.executor, options: options)
      let graph =
        options.resume == .undo ? its.graph : try Deployer.rollback(of: its.graph)
      return .run(
        await runner.start(graph, observer: tell(member, isRollback: true)).report())
    } catch {
      return .left("\(error)")
    }
  }

  /// The service that another deploy has made live, which must stay so.
  ///
  /// - Throws: ``DeployError`` if the host fails to answer twice: then the owner is unknown.
  private func supersededBy(_ member: Int, _ report: RunReport) async throws -> String? {
    let its = stage.members[member]
    let application = its.graph.applicationAlone
    var status = try? await its.runner.status(of: application)
    if status == nil { status = try await its.runner.status(of: application) }
    guard let now = status?.serving, let own = report.serving, now != own else { return nil }
    return "\(its.graph.application.serviceID(now))"
  }
}

extension RunReport {
  var isCancelled: Bool { outcome == .cancelled }
}
