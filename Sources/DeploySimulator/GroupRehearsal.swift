package import DeployDSL
package import DeployRunner
import Synchronization

/// A run of a deployment group in which each member has a simulated host.
package struct GroupRehearsal: Sendable {
  /// What went wrong.
  package var scenario: GroupScenario
  /// How the run ended; `nil` if the machine that bgrun runs on was lost.
  package var report: DeploymentGroupReport?
  /// The hosts, by the members' numbers.
  package var hosts: [SimulatedHost]
  /// The colours that served before the run.
  package var before: [Color?]
  /// The colours that served after it.
  package var after: [Color?]
  /// The members that were started.
  var started: Set<Int>
  /// What contradicts the contracts of bgrun.
  package var violations: [Violation] = []

  /// How many members serve a new version.
  package var switched: Int { zip(before, after).count { $0 != $1 && $1 != nil } }
}

extension DeploymentGroup {
  /// Plays a scenario, and the deploy of what is left after it.
  ///
  /// The group's runners take no part.
  ///
  /// - Parameter makeHost: creates the host of a member.
  package func rehearse(
    _ scenario: GroupScenario = GroupScenario(), on makeHost: (Int) -> SimulatedHost
  ) async -> GroupRehearsal {
    await GroupPlay(self, scenario, on: makeHost).checked()
  }
}

/// A scenario of a group under way.
private struct GroupPlay {
  private let group: DeploymentGroup
  private let scenario: GroupScenario
  private let members: [SimulatedMember]
  /// Cancels the run, as Ctrl-C does.
  private let interruption = GroupInterruption()

  init(
    _ group: DeploymentGroup, _ scenario: GroupScenario, on makeHost: (Int) -> SimulatedHost
  ) {
    (self.group, self.scenario) = (group, scenario)
    members = group.members.enumerated().map { number, member in
      SimulatedMember(member.graph, makeHost(number), scenario.faults(of: number))
    }
    for incident in scenario.incidents where incident.fault == .isInterrupted {
      members[incident.member].interrupt(interruption)
      // Which of those that start together have got further by then would be chance.
      for peer in group.peers(of: incident.member) { members[peer].wait(for: interruption) }
    }
  }

  func checked() async -> GroupRehearsal {
    let before = members.map(\.host.serving)
    let report = await play()
    var rehearsal = GroupRehearsal(
      scenario: scenario, report: report, hosts: members.map(\.host), before: before,
      after: members.map(\.host.serving),
      started: Set(members.indices.filter { !members[$0].host.operations.isEmpty }))
    rehearsal.violations = GroupChecks(group, rehearsal).all
    guard rehearsal.violations.isEmpty else { return rehearsal }
    let left = members.indices.filter { rehearsal.before[$0] == rehearsal.after[$0] }
    if let problem = await deploy(left) { rehearsal.violations.append(problem) }
    return rehearsal
  }

  private func play() async -> DeploymentGroupReport? {
    let lost = scenario.incidents.first { $0.fault == .controllerIsLost }?.member
    var played = group.run { members[$0] }
    if let lost { played = played.cut(behind: lost) }
    played.sleep = { _ in try Task.checkCancellation() }
    // Unstructured, so that one of its members can cancel it, as Ctrl-C does.
    let run = Task { [played] in await played.runValidated(observer: { _ in }) }
    interruption.watch(run)
    let report = await run.value
    return lost == nil ? report : nil
  }

  /// Deploys the members that have no new version, as a user does once the faults are repaired.
  private func deploy(_ left: [Int]) async -> Violation? {
    for number in left { members[number].repair() }
    let next = DeploymentGroup([
      .inParallel(left.map { group.members[$0] }, limit: DeploymentGroup.mostHosts)
    ]).run { members[left[$0]] }
    let report = await next.runValidated(observer: { _ in })
    guard let index = report.members.firstIndex(where: { $0.fate != .done }) else { return nil }
    let member = report.members[index]
    let reason = member.run?.failure.map { ": \($0.message)" } ?? ""
    return Violation(
      .following, "the deploy of what is left ends as \(member.fate.rawValue)\(reason)")
  }
}

/// Ctrl-C, for a group's run.
private final class GroupInterruption: Sendable {
  private struct State {
    var isDue = false
    var run: Task<DeploymentGroupReport, Never>?
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func watch(_ run: Task<DeploymentGroupReport, Never>) {
    let isDue = state.withLock { state in
      state.run = run
      return state.isDue
    }
    if isDue { run.cancel() }
  }

  func cancel() {
    let run = state.withLock { state in
      state.isDue = true
      return state.run
    }
    run?.cancel()
    wakeAll()
  }

  /// Waits until it has come, or until the calling task is cancelled.
  func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          let isOver = state.isDue || Task.isCancelled
          if !isOver { state.waiting.append(continuation) }
          return isOver
        }
        if isOver { continuation.resume() }
      }
    } onCancel: {
      wakeAll()
    }
  }

  private func wakeAll() {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
  }
}

/// A member on a simulated host, with its faults.
private final class SimulatedMember: MemberRunner {
  let host: SimulatedHost
  private let faults: [GroupFault]
  private let isRepaired = Atomic(false)
  /// Where another deploy holds the lock; `nil` without one.
  private let locked: Mutex<(folder: ScratchFolder, lock: HeldLock?)?>

  init(_ graph: StepGraph, _ host: SimulatedHost, _ faults: [GroupFault]) {
    (self.host, self.faults) = (host, faults)
    locked = Mutex(faults.contains(.isLocked) ? Self.lock(graph.application.name) : nil)
    host.change { $0.addParts(of: graph) }
    if faults.contains(.versionIsSick) { host.change { $0.behave(.unhealthy) } }
    for case .operation(let incident) in faults { incident.script(on: host, Interrupter()) }
  }

  /// When it begins to change its host.
  private static let firstChange = OperationPattern.changes.onAttempt(1)

  func interrupt(_ interruption: GroupInterruption) {
    host.beforeEach(Self.firstChange) { _ in interruption.cancel() }
  }

  func wait(for interruption: GroupInterruption) {
    host.beforeEach(Self.firstChange) { _ in await interruption.wait() }
  }

  private static func lock(_ application: String) -> (folder: ScratchFolder, lock: HeldLock?) {
    let folder = ScratchFolder()
    let lock = try? StateFolder.prepare(at: folder.state, application: application).lock.acquire(
      LockHolder(application: application, run: "another"))
    return (folder, lock)
  }

  var rollsBack: Bool { true }

  private var deployer: Deployer {
    var options = RunOptions.rehearsed
    options.stateFolder = locked.withLock { $0?.folder.state }
    options.locksSite = false
    options.takesReceipt = false
    return Deployer(executor: .mock(host), options: options)
  }

  func deploy(
    _ graph: StepGraph, observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Ending {
    guard has(.connectionIsLost) else {
      return await deployer.deploy(graph, observer: observer)
    }
    // Ctrl-C does not get there either.
    _ = await uncancelled { await self.deployer.deploy(graph, observer: observer) }
    return .outOfSight("its run continues")
  }

  func rollBack(
    _ graph: StepGraph, _ report: RunReport, observer: @escaping @Sendable (Event) -> Void
  ) async -> DeploymentGroupReport.Rollback {
    if has(.cannotGoBack) { host.fail(.changes) }
    return await deployer.rollBack(graph, report, observer: observer)
  }

  private func has(_ fault: GroupFault) -> Bool {
    faults.contains(fault) && !isRepaired.load(ordering: .relaxed)
  }

  /// Ends its faults, as a user does.
  func repair() {
    isRepaired.store(true, ordering: .relaxed)
    locked.withLock { locked in
      locked?.lock?.release()
      locked?.folder.remove()
      locked = nil
    }
    host.removeFaults()
    host.change { world in
      world.fillDisk(false)
      world.behave(.healthy)
    }
  }
}

extension SimulatedState {
  /// Changes how the version behaves that is not active.
  fileprivate mutating func behave(_ behavior: SimulatedService.Behavior) {
    for service in application.serviceIDs((serving ?? .blue).other) {
      self.behavior(of: "\(service)", behavior)
    }
  }
}

/// The contracts that must hold for a group.
private struct GroupChecks {
  private let group: DeploymentGroup
  private let rehearsal: GroupRehearsal
  private let titles: [String]

  init(_ group: DeploymentGroup, _ rehearsal: GroupRehearsal) {
    (self.group, self.rehearsal) = (group, rehearsal)
    titles = group.titles
  }

  var all: [Violation] {
    var violations = rehearsal.hosts.indices.flatMap { member in
      rehearsal.hosts[member].violations.map {
        Violation(.answers, "\(titles[member]): \($0.description)")
      }
    }
    guard let report = rehearsal.report else { return violations }
    violations += report.members.indices.flatMap { endings(of: $0, report.members[$0]) }
    violations += group.stages.indices.flatMap { order(ofStage: $0, report) }
    violations += group.stages.indices.flatMap { unity(ofStage: $0, report) }
    // A previous version that could not be stopped is left for `bgrun doctor`.
    let isDone = [0, RunReport.Outcome.cleanupIncomplete.exitCode()].contains(report.exitCode)
    if isDone != report.members.allSatisfy({ $0.fate == .done }) {
      violations.append(Violation(.report, "the exit code is \(report.exitCode)"))
    }
    return violations
  }

  /// Whether a member's host is as its fate says.
  private func endings(of member: Int, _ ended: DeploymentGroupReport.Member) -> [Violation] {
    let (before, after) = (rehearsal.before[member], rehearsal.after[member])
    let isNew: Bool
    switch ended.fate {
    case .done: isNew = true
    case .failed, .cancelled, .notStarted, .rolledBack: isNew = false
    case .outOfSight, .rollbackFailed: return []
    }
    var wrong: [String] = []
    if after != (isNew ? before?.other : before) {
      wrong.append("is \(ended.fate.rawValue), but \(after?.rawValue ?? "no colour") serves")
    }
    if ended.fate == .notStarted, rehearsal.hosts[member].hasChanged {
      wrong.append("is not started, but was changed")
    }
    return wrong.map { Violation(.report, "\(titles[member]) \($0)") }
  }

  /// Nothing starts after a wave in which a host has not succeeded.
  private func order(ofStage stage: Int, _ report: DeploymentGroupReport) -> [Violation] {
    guard group.stages[stage].waves != nil else { return [] }
    let waves = group.waves(of: stage)
    guard
      let bad = waves.firstIndex(where: { wave in
        wave.contains { ![.done, .rolledBack, .rollbackFailed].contains(report.members[$0].fate) }
      })
    else { return [] }
    return waves[(bad + 1)...].joined().filter { report.members[$0].fate != .notStarted }.map {
      Violation(.group, "\(titles[$0]) was started although a wave before it had not succeeded")
    }
  }

  /// All members of an atomic stage have the new version, or none.
  private func unity(ofStage stage: Int, _ report: DeploymentGroupReport) -> [Violation] {
    let members = group.ranges[stage]
    let fates = members.map { report.members[$0].fate }
    guard group.stages[stage].isAtomic,
      fates.contains(where: { [.failed, .cancelled, .rolledBack].contains($0) })
    else { return [] }
    return members.filter { report.members[$0].fate == .done }.map {
      Violation(.group, "\(titles[$0]) keeps its new version although the group failed")
    }
  }
}

extension DeploymentGroup {
  /// The members' names.
  package var titles: [String] {
    DeploymentGroupReport.titles(
      applications: members.map(\.graph.application.name), hosts: members.compactMap(\.host))
  }
}

extension SimulatedHost {
  /// Whether an operation has changed something.
  fileprivate var hasChanged: Bool { operations.contains { $0.operation.effect == .change } }
}
