import DeployDSL
import DeployRunner

/// Runs a plan, shows its events and passes signals to it.
struct RunSession {
  let options: Options
  let output: Output
  var purpose = RunPurpose.deploy
  var resume: RunOptions.Resume?
  /// The hosts that it is about, if not this one.
  var fleet: Fleet?

  /// What is shown, in the order in which it happened: an interruption stands before the events that
  /// it causes.
  private enum Item: Sendable {
    case event(DeploymentGroup.MemberEvent)
    case wave(DeploymentGroup.WaveStart)
    case interrupt(signal: Int32)
  }

  /// What the threads of the run and of signals share.
  private struct Progress: Sendable {
    /// The first signal.
    var first: Int32?
    /// How it ended, once it has.
    var report: DeploymentGroupReport?
  }

  /// Runs the plans and returns the exit status.
  ///
  /// The main thread shows the events: a step that blocks a thread of the run does not delay them,
  /// and a slow reader does not delay the run.
  @MainActor
  func run(_ file: LoadedFile) async throws -> Int32 { try await perform(file).exitCode }

  /// Finds out by a dry run what the plans will do.
  ///
  /// - Parameter isShown: whether to show the dry run even if it succeeds.
  /// - Returns: what it has found, or `nil` and the exit status if it has failed.
  @MainActor
  func plan(_ file: LoadedFile, isShown: Bool) async throws -> (PlannedRun?, exitCode: Int32) {
    let (exitCode, events) = try await perform(file, isShown: isShown)
    guard exitCode == ExitCode.done.rawValue else { return (nil, exitCode) }
    var planned = PlannedRun(of: options.call ?? PlannedRun.Call(options, file))
    for event in events { planned.note(event) }
    return (planned, exitCode)
  }

  /// Runs the plans.
  ///
  /// - Parameter isShown: whether to show what happens even if they succeed.
  /// - Returns: the exit status, and the events of a dry run.
  @MainActor
  private func perform(
    _ file: LoadedFile, isShown: Bool = true
  ) async throws -> (exitCode: Int32, events: [DeploymentGroup.MemberEvent]) {
    let began = Timestamp.now
    var recorder: RunRecorder?
    if let detached = options.detached {
      recorder = try RunRecorder(detached, of: file, options)
      // Another process runs it.
      guard recorder != nil else { return (ExitCode.done.rawValue, []) }
    }
    let (group, host) = try await deployments(of: file, recorder)
    let fleet = fleet
    recorder?.begin(group, purpose)
    var view: any RunView = recorder ?? reporter(of: group, host, file.settings(of: options))
    let inbox = Inbox<Item>()
    let progress = Shared(Progress())
    // Before anything is changed: a signal must not end the process without a message.
    let signals = SignalWatch()
    // Unstructured, so that a signal can cancel it.
    let run = Task.detached {
      defer { inbox.finish() }
      let report = await group.runValidated {
        inbox.put(.event($0))
      } onWave: {
        inbox.put(.wave($0))
      }
      progress.withLock { $0.report = report }
      return report
    }
    signals.hand { [isDetached = recorder != nil] signal in
      let (first, report) = progress.withLock { state in
        defer { state.first = state.first ?? signal }
        return (state.first, state.report)
      }
      if let fleet, fleet.isOnlyWatched(afterSignal: signal) { leave(signal, report) }
      if first != nil {
        if !isDetached { leave(signal, report) }
      } else if report == nil {
        inbox.put(.interrupt(signal: signal))
        run.cancel()
      }
    }
    func show(_ item: Item) {
      switch item {
      case .event(let event): view.report(event)
      case .wave(let wave): view.begin(wave)
      case .interrupt(let signal): view.interrupt(signal: signal)
      }
    }
    var (events, hidden): ([DeploymentGroup.MemberEvent], [Item]) = ([], [])
    await inbox.takeAll(tick: isShown && view.needsTicks ? { view.tick() } : nil) { item in
      if case .event(let event) = item, options.isDryRun { events.append(event) }
      if isShown { show(item) } else { hidden.append(item) }
    }
    let report = await run.value
    let exitCode = report.exitCode(afterSignal: progress.value.first)
    if isShown || exitCode != ExitCode.done.rawValue {
      hidden.forEach(show)
      view.finish(report, exitCode: exitCode)
    }
    GitHubActions(output)?.tell(
      zip(file.plans, report.members).map { ($0, $1.run) }, since: began, options)
    withExtendedLifetime(signals) {}
    return (exitCode, events)
  }

  private func reporter(
    of group: DeploymentGroup, _ host: Host?, _ settings: String
  ) -> DeploymentGroupReporter {
    // Simulated time passes at once: there is nothing to watch.
    var style = output.style(
      options, host: host?.description, isWatched: host?.isSimulated != true)
    style.purpose = purpose
    style.settings = settings
    var reporter = DeploymentGroupReporter(
      group, to: output.sink, as: options.format == .json ? .json : .human, style: style)
    if let watch = fleet?.watch { reporter.hostSilence = { watch.silence(of: $0) } }
    return reporter
  }

  /// The second signal: quits immediately, and prints what to do next.
  private func leave(_ signal: Int32, _ report: DeploymentGroupReport?) -> Never {
    let there = report == nil ? fleet?.leaving(afterSignal: signal) : nil
    let status =
      report?.exitCode(afterSignal: signal) ?? there?.exitCode.rawValue
      ?? ExitCode.afterSignal(signal).rawValue
    let left =
      there?.text
      ?? (report == nil && !options.isDryRun
        ? "quit before the rollback was complete; finish it: `bgrun resume PLAN --undo`; then "
          + "check the active colour: `bgrun status PLAN`"
        : "quit immediately; `bgrun history PLAN` shows the run")
    output.quit(left, status)
  }

  // MARK: Deployments

  private func deployments(
    of file: LoadedFile, _ recorder: RunRecorder?
  ) async throws -> (DeploymentGroup, Host?) {
    var host: Host?
    let terminal =
      options.format == .json || recorder != nil || fleet != nil
      ? nil : Terminal(isSeen: output.isTerminal)
    var all: [[DeploymentGroup.Member]] = []
    var id = options.detached?.text
    for plan in file.plans {
      var members: [DeploymentGroup.Member] = []
      if let fleet {
        members = try plan.rollout.hosts.map { try fleet.member(plan, on: $0) }
      } else {
        let name = file.plans.count == 1 ? nil : plan.graph.application.name
        let hosts = try await Host.several(max(1, plan.rollout.hosts.count), options, plan)
        if let note = hosts.first?.note { output.complain(note) }
        host = hosts.first
        for (number, its) in hosts.enumerated() {
          let options = runOptions(
            of: plan, on: its, id, recorder, approval(on: its, by: terminal, recorder, of: name))
          members.append(
            DeploymentGroup.Member(
              plan.graph, on: Deployer(executor: its.executor, options: options),
              host: plan.rollout.hosts.isEmpty ? nil : plan.rollout.hosts[number]))
          id = nil
        }
      }
      all.append(members)
    }
    var group = file.group(of: all)
    if host?.isSimulated == true { group.sleep = { _ in } }
    return (group, host)
  }

  private func runOptions(
    of plan: LoadedPlan, on host: Host, _ id: String?, _ recorder: RunRecorder?,
    _ approval: RunOptions.Approval
  ) -> RunOptions {
    var options = options.runOptions(resume: resume, approval: approval)
    if purpose == .deploy {
      let names = ProjectFiles.names(of: plan.graph.application)
      options.files = self.options.files.filter { names.contains($0.key) }
    }
    options.controller = recorder.map { ControllerExecutor(base: host.executor, recorder: $0) }
    options.run = id
    options.usesPlaceholderSecrets = host.isSimulated
    options.goesBack = purpose == .rollback
    options.statedPurpose = purpose
    options.takesReceipt = self.options.takesReceipt
    options.parameters = plan.parameters
    options.planFile = Paths.resolved(plan.file.path) ?? plan.file.path
    options.settings = Set(self.options.values.keys)
    return options
  }

  /// A simulated run needs no approval.
  private func approval(
    on host: Host, by terminal: Terminal?, _ recorder: RunRecorder?, of application: String?
  ) -> RunOptions.Approval {
    if options.approves || host.isSimulated { return .always }
    if let recorder { return .ask { question in try await recorder.answer(to: question) } }
    guard let terminal else { return .refuse }
    let prefix = application.map { "\($0): " } ?? ""
    return .ask { question in try await terminal.ask(prefix + question) }
  }
}
