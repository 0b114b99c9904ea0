package import DeployDSL
package import DeployRunner
import Synchronization

/// The commands of a scenario, on one simulated host with one journal: the run, what strikes it, and
/// what follows.
final class ScenarioPlay: Sendable {
  private struct State {
    /// The journals that the commands find.
    var folder = ScratchFolder()
    var isDead = false
    /// When bgrun died, and where; `nil` once that was acted upon.
    var death: (at: Duration, operation: String, isReboot: Bool)?
    var course = Course()
    /// The colour that was active before the run that is under way or incomplete.
    var before = Color.blue
    /// Whether the other colour ran then, too.
    var ranBoth = false
    var events: [Event] = []
    /// The first command, once it has ended.
    var first: Rehearsal?
    /// How many runs are incomplete.
    var incomplete = 0
  }

  private let graph: StepGraph
  private let scenario: Scenario
  private let options: RunOptions
  private let host: SimulatedHost
  /// What the host's owner has scripted.
  private let script: SimulatedHost.Script
  /// The colour that was active before the first command.
  private let previous: Color
  /// Whether it is one of the many plays of a proof: see ``prepareHost()``.
  private let isProof: Bool
  private let interrupter = Interrupter()
  private let state: Mutex<State>

  init(
    _ graph: StepGraph, _ scenario: Scenario, _ options: RunOptions = .rehearsed,
    on host: SimulatedHost, isProof: Bool = false
  ) {
    (self.graph, self.scenario, self.options, self.host) = (graph, scenario, options, host)
    self.isProof = isProof
    host.change { world in
      world.addParts(of: graph)
      // How long they take plays no part, and each look while they do costs time.
      if isProof { world.hurryServices() }
    }
    (script, previous) = (host.script, host.serving ?? .blue)
    state = Mutex(State(before: previous))
    prepareHost()
  }

  /// Continues another play, whose faults are the first ones of this scenario.
  private init(_ scenario: Scenario, continuing other: ScenarioPlay) {
    (graph, options, previous) = (other.graph, other.options, other.previous)
    (self.scenario, script, isProof) = (scenario, other.script, other.isProof)
    host = SimulatedHost(continuing: other.host, script: script)
    var copy = other.state.withLock { $0 }
    copy.folder = ScratchFolder()
    copy.folder.take(from: other.state.withLock(\.folder))
    state = Mutex(copy)
    prepareHost()
    host.countPastOperations()
  }

  /// Adds the faults to the host; for a proof also a long answer at each change, so that one that is
  /// cut off is found.
  private func prepareHost() {
    host.beforeEach { [self] run in
      try state.withLock { state in
        guard state.isDead else { return }
        state.course.lost.insert(run.number)
        throw CancellationError()
      }
    }
    for incident in scenario.incidents { inject(incident) }
    addDownloads()
  }

  private func addDownloads() {
    guard isProof else { return }
    host.beforeEach(.changes) { [host] _ in
      host.change { $0.openRequest("a download", lasting: .milliseconds(600)) }
    }
  }

  // MARK: Faults

  private func inject(_ incident: Scenario.Incident) {
    let (pattern, fault) = (incident.pattern, incident.fault)
    let note: SimulatedHost.Script.Hook = { [self] run in
      state.withLock { $0.course.strikes.append(.init(fault, run, at: host.clock.now.sinceStart)) }
    }
    switch fault {
    case .isKilled, .machineReboots:
      host.beforeEach(pattern) { [self] run in
        try await note(run)
        try await die(at: run, isReboot: fault == .machineReboots)
      }
    case .isKilledWhenDone:
      host.afterEach(pattern) { [self] run in
        try await note(run)
        try await die(at: run, isReboot: false)
      }
    case .meetsAnotherRun:
      host.beforeEach(pattern) { [self] run in
        try await note(run)
        await runAnother()
      }
    default:
      host.beforeEach(pattern, note)
      incident.script(on: host, interrupter, previous: previous)
    }
  }

  /// Ends the run although the engine may carry on.
  private func die(at run: OperationRun, isReboot: Bool) async throws {
    state.withLock { state in
      // What the dying process still writes did not happen.
      let left = ScratchFolder()
      left.take(from: state.folder)
      state.folder.remove()
      state.folder = left
      state.isDead = true
      state.death = (
        host.clock.now.sinceStart, run.operation.request.description, isReboot
      )
    }
    if isReboot { host.change { $0.takeEngineAway(for: .seconds(20), endingContainers: true) } }
    await interrupter.cancel()
    throw CancellationError()
  }

  /// A second run of the plan, and a resume, while an operation of the first one is under way.
  private func runAnother() async {
    await host.clock.whileOneWaits {
      for resume in [nil, RunOptions.Resume.goOn] {
        var options = stored
        options.resume = resume
        let report = await graph.rehearse(on: host, options).report
        let who = resume == nil ? "a second run" : "a resume meanwhile"
        let note = Event(
          at: host.clock.now.sinceStart,
          kind: .note("\(who): exit code \(report.exitCode): \(report.outcome.text)"))
        state.withLock { state in
          state.course.others.append(report)
          state.events.append(note)
        }
      }
    }
  }

  // MARK: Commands

  /// The options, with the journals that there are.
  private var stored: RunOptions {
    var options = options
    options.stateFolder = state.withLock { $0.folder.state }
    options.locksSite = false
    return options
  }

  private var deployer: Deployer { Deployer(executor: .mock(host), options: stored) }

  private var isInterrupted: Bool { state.withLock { $0.incomplete > 0 } }

  /// The scenario, without what a user does afterwards.
  func played() async -> Rehearsal {
    defer { end() }
    var rehearsal = await play()
    rehearsal.violations = ScenarioChecks(rehearsal, graph).all
    return rehearsal
  }

  /// Removes the journals, and what holds on to them.
  func end() {
    host.removeHooks()
    state.withLock { $0.folder.remove() }
  }

  /// Plays the first command.
  func begin() async {
    let first = await perform(.deploy)
    state.withLock { $0.first = first }
  }

  /// A play of a scenario that has the same faults in its first command, which has been played.
  func continued(by scenario: Scenario) -> ScenarioPlay {
    ScenarioPlay(scenario, continuing: self)
  }

  private func play() async -> Rehearsal {
    var last: Rehearsal
    if let first = state.withLock(\.first) {
      last = Rehearsal(report: first.report, events: first.events, host: host)
    } else {
      last = await perform(.deploy)
    }
    while let death = state.withLock({ state in
      defer { (state.death, state.isDead) = (nil, false) }
      return state.death
    }) {
      note(death)
      // A user comes, or the machine has started again.
      try? await host.clock.sleep(for: .seconds(60))
      if let next = await follow() { last = next }
    }
    // What the engine still carries out after its client has gone.
    try? await host.clock.sleep(for: .seconds(30))
    return state.withLock { state in
      state.course.operations = host.operations.count
      last.scenario = scenario
      last.events = state.events
      last.others = state.course.others
      last.course = state.course
      return last
    }
  }

  /// What a user does after a death; `nil` if there is nothing to do.
  private func follow() async -> Rehearsal? {
    let isInterrupted = isInterrupted
    switch scenario.following {
    case .resume: return await perform(isInterrupted ? .resume : .deploy)
    case .undo: return isInterrupted ? await perform(.undo) : nil
    case .rollback, .deploy:
      let isBack = scenario.following == .rollback
      let refused = await perform(isBack ? .rollback : .deploy)
      guard refused.outcome == .locked, isInterrupted, !state.withLock(\.isDead) else {
        return refused
      }
      return await perform(isBack ? .undo : .resume)
    }
  }

  /// Runs a command.
  private func perform(_ purpose: RunPurpose) async -> Rehearsal {
    var (options, graph) = (stored, graph)
    switch purpose {
    case .deploy: break
    case .rollback:
      options.goesBack = true
      graph = (try? Deployer.rollback(of: graph)) ?? graph
    case .resume: options.resume = .goOn
    case .undo: options.resume = .undo
    }
    if options.resume != nil { graph = (try? deployer.resumable(graph)) ?? graph }
    let (start, first) = (host.clock.now.sinceStart, host.operations.count + 1)
    if options.resume == nil, !isInterrupted {
      let colors = Course.Colors(host)
      if let live = colors.loaded {
        state.withLock { ($0.before, $0.ranBoth) = (live, colors.running.contains(live.other)) }
      }
    }
    interrupter.forget()
    let rehearsal = await graph.rehearse(on: host, options, interrupter)
    let (incomplete, after) = (deployer.incompleteRuns(of: graph), Course.Colors(host))
    let numbers = first..<(host.operations.count + 1)
    state.withLock { state in
      let isDead = state.death != nil
      state.incomplete = incomplete
      state.course.commands.append(
        Course.Command(
          purpose: purpose, report: isDead ? nil : rehearsal.report, before: state.before,
          ranBoth: state.ranBoth, after: after, operations: numbers,
          incomplete: isDead ? 0 : incomplete))
      state.events += rehearsal.events.map { event in
        var event = event
        event.at += start
        return event
      }
    }
    return rehearsal
  }

  /// Cuts off what a cancelled run still says: it did not happen.
  private func note(_ death: (at: Duration, operation: String, isReboot: Bool)) {
    let text = death.isReboot ? "the machine reboots" : "bgrun is killed"
    state.withLock { state in
      let last = state.events.lastIndex { event in
        guard event.at <= death.at, case .operation(let operation) = event.kind else {
          return false
        }
        return operation.text == death.operation
      }
      state.events.removeSubrange(((last ?? -1) + 1)...)
      state.events.append(Event(at: death.at, kind: .note(text)))
    }
  }

  // MARK: Afterwards

  /// The scenario, with what contradicts the contracts in it, or when a user cleans up after it.
  ///
  /// - Parameter known: how the next deploy ends from situations that other scenarios have led to.
  func checked(_ known: NextRuns<Violation?>? = nil) async -> Rehearsal {
    defer { end() }
    var rehearsal = await play()
    rehearsal.violations = ScenarioChecks(rehearsal, graph).all
    guard rehearsal.violations.isEmpty else { return rehearsal }
    // What has not struck does not strike the user.
    host.replaceScript(by: script)
    addDownloads()
    host.repair(after: scenario)
    if isInterrupted, let problem = await cleansUp(by: .undo, ending: .undone) {
      if scenario.incidents.contains(where: \.fault.isAccident) {
        // What a user has repaired differently is the user's to settle.
        deployer.resolve(graph)
        state.withLock { $0.incomplete = 0 }
      } else {
        rehearsal.violations.append(problem)
      }
    }
    if rehearsal.violations.isEmpty, let problem = await nextDeploy(known) {
      rehearsal.violations.append(problem)
    }
    if !rehearsal.violations.isEmpty { rehearsal.events = state.withLock(\.events) }
    return rehearsal
  }

  /// What is wrong with the next deploy.
  private func nextDeploy(_ known: NextRuns<Violation?>?) async -> Violation? {
    // A user comes when what the clean-up has begun is done: few different situations are left then.
    try? await host.clock.sleep(for: .seconds(60))
    guard let known, let situation else {
      return await cleansUp(by: .deploy, ending: .succeeded)
    }
    return await known.ending(from: situation) {
      await cleansUp(by: .deploy, ending: .succeeded)
    }
  }

  /// What a deploy depends on; `nil` if the journals have a say.
  private var situation: Situation? {
    guard !isInterrupted, !deployer.keepsSomething(graph) else { return nil }
    return Situation(host.world)
  }

  /// What is wrong with a command after the scenario.
  private func cleansUp(
    by purpose: RunPurpose, ending outcome: RunReport.Outcome
  ) async -> Violation? {
    let ended = await perform(purpose)
    guard ended.outcome != outcome else { return nil }
    let command = purpose == .undo ? "`bgrun resume --undo` afterwards" : "the next `bgrun deploy`"
    let reason = ended.report.failure.map { ": \($0.message)" } ?? ""
    return Violation(.following, "\(command) ends as \(ended.outcome.text)\(reason)")
  }
}

/// How the next run ends, by the situation that it starts from.
final class NextRuns<Ending: Sendable>: Sendable {
  private let endings = Mutex<[Situation: Ending]>([:])

  /// From how many situations a run was played.
  var count: Int { endings.withLock { $0.count } }

  /// How a run ends; it is played if this situation is new.
  func ending(from situation: Situation, _ play: () async -> Ending) async -> Ending {
    if let ending = endings.withLock({ $0[situation] }) { return ending }
    let ending = await play()
    endings.withLock { $0[situation] = ending }
    return ending
  }
}

extension RunOptions {
  /// The options of rehearsed runs, which need no approval and no real secrets.
  package static var rehearsed: RunOptions {
    var options = RunOptions(approval: .always)
    options.usesPlaceholderSecrets = true
    return options
  }
}

extension StepGraph {
  /// Plays a scenario.
  package func rehearse(
    _ scenario: Scenario, _ options: RunOptions = .rehearsed, on host: SimulatedHost
  ) async -> Rehearsal {
    await ScenarioPlay(self, scenario, options, on: host).played()
  }
}

/// What happened in a scenario.
package struct Course: Sendable {
  /// A command that a user typed.
  struct Command: Sendable {
    var purpose: RunPurpose
    /// `nil` if bgrun died.
    var report: RunReport?
    /// The colour that was active before it, or before the run that it resumes.
    var before: Color
    /// Whether the other colour ran then, too: what a run has not started stays.
    var ranBoth: Bool
    /// The colours when it ended.
    var after: Colors
    /// The numbers of its operations.
    var operations: Range<Int>
    /// How many runs were incomplete when it ended.
    var incomplete: Int
  }

  /// The colours at one time.
  struct Colors: Sendable {
    var serving: Color?
    var loaded: Color?
    /// That of the site file; `nil` if it is for none, or for both.
    var file: Color?
    var running: Set<Color>

    init(_ host: SimulatedHost) {
      let world = host.world
      let view = world.view
      (serving, loaded, file) = (view.serving, view.loaded, world.fileColor)
      running = Set(
        Color.allCases.filter { color in
          world.application.serviceIDs(color).contains { world.isRunning("\($0)") }
        })
    }
  }

  /// A fault that has struck.
  struct Strike: Sendable {
    var fault: RehearsedFault
    /// The number of the operation.
    var operation: Int
    var at: Duration

    init(_ fault: RehearsedFault, _ run: OperationRun, at time: Duration) {
      (self.fault, operation, at) = (fault, run.number, time)
    }
  }

  var commands: [Command] = []
  /// How many operations there were, without those of the clean-up afterwards.
  var operations = 0
  var strikes: [Strike] = []
  /// The reports of runs that began while another was under way.
  var others: [RunReport] = []
  /// The numbers of the operations that a dead process did not perform.
  var lost: Set<Int> = []
}

extension Deployer {
  /// Marks an interrupted run as resolved.
  fileprivate func resolve(_ graph: StepGraph) {
    guard let folder = options.stateFolder,
      let state = try? StateFolder.existing(at: folder, application: graph.application.name),
      let run = try? state.journal.interrupted()?.run
    else { return }
    try? state.journal.resolve(run, how: "repaired")
  }

  /// Whether an earlier run has kept something running for the next one to stop.
  fileprivate func keepsSomething(_ graph: StepGraph) -> Bool {
    guard let folder = options.stateFolder,
      let state = try? StateFolder.existing(at: folder, application: graph.application.name)
    else { return false }
    return (try? state.journal.kept().isEmpty) != true
  }

  /// How many runs are incomplete, now that none is under way; a journal that cannot be read counts as
  /// none. One that was cut off holds its lock as long as this process lives.
  fileprivate func incompleteRuns(of graph: StepGraph) -> Int {
    guard let folder = options.stateFolder,
      let state = try? StateFolder.existing(at: folder, application: graph.application.name),
      let history = try? state.history()
    else { return 0 }
    return history.count { run in
      switch run.fate {
      case .interrupted, .running: true
      default: false
      }
    }
  }
}

extension SimulatedHost {
  /// Repairs what the faults of a scenario have broken for longer, as users do.
  fileprivate func repair(after scenario: Scenario) {
    let faults = Set(scenario.incidents.map(\.fault))
    change { world in
      if faults.contains(.findsDiskFull) { world.fillDisk(false) }
      guard faults.contains(where: \.isAccident) else { return }
      if faults.contains(.targetSickens) {
        for service in Color.allCases.flatMap(world.application.serviceIDs) {
          world.behavior(of: "\(service)", .healthy)
        }
      }
      guard let color = world.loadedColor ?? world.fileColor else { return }
      for service in world.application.serviceIDs(color) { world.run("\(service)") }
      if world.fileColor != color { world.pointFile(at: color) }
      if world.serving == nil { world.restart(world.proxyName) } else { world.reload() }
    }
  }
}
