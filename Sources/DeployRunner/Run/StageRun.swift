/// One stage of a group from its first member to its last: one task group around ``StageState``.
struct StageRun: Sendable {
  let stage: DeploymentGroup.Stage
  /// The index of the stage's first member in the group.
  let first: Int
  let observer: @Sendable (DeploymentGroup.MemberEvent) -> Void
  let onWave: @Sendable (DeploymentGroup.WaveStart) -> Void
  let sleep: @Sendable (Duration) async throws -> Void

  private var waves: [DeploymentGroup.StageWave] {
    stage.waves ?? [DeploymentGroup.StageWave(count: stage.members.count)]
  }

  /// Runs the stage; returns a report for each member, and whether one failed or all was cancelled.
  func run() async -> (members: [DeploymentGroupReport.Member], hasFailed: Bool) {
    var reports = stage.members.map { DeploymentGroupReport.Member($0) }
    var state = StageState(
      waves: waves.map(\.count),
      limit: stage.waves == nil ? stage.limit : DeploymentGroup.mostHosts,
      isAtomic: stage.isAtomic, stopsOnFailure: stage.waves != nil)
    let toRollBack = await withTaskGroup(of: (Int, DeploymentGroupReport.Ending).self) { group in
      while true {
        if Task.isCancelled { state.interrupt() }
        switch state.decide() {
        case .start(let members):
          announce(waveOf: members.lowerBound)
          for member in members { group.addTask { (member, await deploy(member)) } }
          continue
        case .pause(let wave):
          announce(wave)
          // Cancelling the run ends the pause.
          if waves[wave].pause > .zero { try? await sleep(waves[wave].pause) }
          state.paused()
          continue
        case .stop: group.cancelAll()
        case .wait: break
        case .end(let members): return members
        }
        guard let (member, ending) = await group.next() else { return [] }
        state.ended(member, reports[member].end(ending))
      }
    }
    for member in toRollBack {
      guard let report = reports[member].run, stage.members[member].runner.rollsBack
      else { continue }
      reports[member].rollback = await uncancelled { await rollBack(member, report) }
    }
    return (reports, state.hasFailed)
  }

  private func deploy(_ member: Int) async -> DeploymentGroupReport.Ending {
    let its = stage.members[member]
    return await its.runner.deploy(its.graph, observer: tell(member, isRollback: false))
  }

  private func rollBack(_ member: Int, _ report: RunReport) async
    -> DeploymentGroupReport.Rollback
  {
    let its = stage.members[member]
    return await its.runner.rollBack(its.graph, report, observer: tell(member, isRollback: true))
  }

  private func tell(_ member: Int, isRollback: Bool) -> @Sendable (Event) -> Void {
    { event in
      observer(
        DeploymentGroup.MemberEvent(member: first + member, isRollback: isRollback, event: event))
    }
  }

  // MARK: Waves

  /// Announces the first wave with its first member: the others are announced before their pause.
  private func announce(waveOf member: Int) { if member == 0 { announce(0) } }

  private func announce(_ wave: Int) {
    guard stage.waves != nil, waves.indices.contains(wave) else { return }
    let start = first + waves[..<wave].reduce(0) { $0 + $1.count }
    onWave(
      DeploymentGroup.WaveStart(
        number: wave + 1, of: waves.count, members: start..<start + waves[wave].count,
        pause: waves[wave].pause))
  }
}

extension DeploymentGroupReport.Member {
  /// Stores how its run ended.
  fileprivate mutating func end(_ ending: DeploymentGroupReport.Ending) -> StageState.Ending {
    switch ending {
    case .run(let report):
      run = report
      return report.isDone
        ? .succeeded(serves: report.serves) : .failed(serves: report.serves)
    case .outOfSight(let text):
      outOfSight = text
      return .lost
    case .notStarted: return .failed()
    }
  }
}
