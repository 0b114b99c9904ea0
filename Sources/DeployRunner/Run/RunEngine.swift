import DeployDSL

/// One run from its first event to its report: one task group around the pure ``RunState``.
struct RunEngine: Sendable {
  let graph: StepGraph
  let options: RunOptions
  let executor: any Executor
  private let stateFolder: String?
  /// The run's ID; `nil` in a dry run.
  let run: RunID?
  /// When it began, in milliseconds since 1970.
  let began = Timestamp.nowInMilliseconds
  let clock: RunClock
  let docker: DockerCLI
  /// Computed once: every step receives them.
  private let jobs: [String]
  private let watched: [String]
  private let gates: [Health]
  private let startsExisting: Bool
  private let asksForImage: Bool
  private let pinned: PinnedImage?
  private let participants: (any ParticipantClock)?
  let runStore: RunStore
  let state: DeploymentState
  let undo: RollbackLog
  private let values = RunValues()
  let secrets: Secrets
  let prober: Prober
  let events: @Sendable (Event) -> Void

  init(
    graph: StepGraph, executor: any Executor, options: RunOptions,
    events: @escaping @Sendable (Event) -> Void
  ) {
    self.graph = graph
    self.options = options
    stateFolder = options.stateFolder ?? executor.stateFolder
    run = Self.run(options, stateFolder, graph.application.name)
    self.executor = options.isDryRun ? DryRunExecutor(executor) : executor
    self.events = events
    clock = RunClock(executor.clock)
    participants = executor.clock as? any ParticipantClock
    docker = DockerCLI(graph: graph)
    secrets = Secrets(known: options.secrets, makesUp: options.usesPlaceholderSecrets)
    runStore = RunStore(clock: clock, secrets: secrets)
    state = DeploymentState(runStore)
    undo = RollbackLog(runStore)
    prober = Prober(
      options.isDryRun || !options.takesReceipt ? .off : graph.receipt,
      executor: executor, clock: clock)
    jobs = graph.jobs
    pinned = graph.nodes.lazy.compactMap { ($0.step as? Up)?.image }.first
    startsExisting = graph.nodes.contains { ($0.step as? Start)?.role == .target }
    asksForImage = options.isDryRun && !graph.nodes.contains { $0.step is Pull || $0.step is Build }
    gates = graph.gates
    watched = graph.nodes.compactMap { $0.step as? Watch }.map {
      $0.path ?? graph.application.health
    }
  }

  func run() async -> RunReport {
    secrets.foresee(graph)
    emit(.runStarted(graph: graph, isDryRun: options.isDryRun))
    let report: RunReport
    do throws(DeployError) {
      if graph.nodes.contains(where: { $0.step.has(.needsEngine) }),
        let refusal = await EnginePlace.refusal(by: executor)
      {
        throw refusal
      }
      let resumeState = try await begin()
      report =
        options.resume == .undo
        ? await rollBack(resumeState) : await carryOut(resumeState)
    } catch {
      report = makeReport(
        OutcomeRules(state: state.current, failure: error, isDryRun: options.isDryRun))
    }
    emit(.runFinished(report))
    return report
  }

  /// The values of parameters that may be shown and recorded: secrets never are, wherever they are
  /// used.
  private var parameters: [String: String] {
    options.parameters.filter { secrets.redact($0.value) == $0.value }
  }

  private var settings: [String: String] {
    options.settings.isEmpty ? [:] : parameters.filter { options.settings.contains($0.key) }
  }

  // MARK: Starting

  /// Takes the lock, makes sure that no run is interrupted, and opens the journal.
  ///
  /// - Returns: What is known of the interrupted run, if this run resumes one.
  /// - Throws: ``DeployError`` if this run must not start.
  private func begin() async throws(DeployError) -> ResumeState? {
    guard let folder = stateFolder else { return nil }
    let gate = Preflight(
      graph: graph, options: options, run: run ?? RunID(), clock: clock, folder: folder,
      executor: executor,
      parameters: parameters, isPublic: { [secrets] in secrets.redact($0) == $0 })
    if options.isDryRun {
      // A dry run also reads what earlier runs did.
      let found = try StateFolder.existing(at: folder, application: graph.application.name)
      guard let found else { return nil }
      runStore.remember(found.journal)
      tellEstimate(found.journal)
      try await gate.foresee(found)
      return nil
    }
    let opened = try await gate.open { emit(.note($0)) }
    runStore.keep(opened.kept)
    runStore.remember(opened.store)
    tellEstimate(opened.store)
    guard let earlier = opened.earlier else { return nil }
    if let header = earlier.header {
      emit(.note(header.resumeMessage(undo: options.resume == .undo)))
    }
    let resumeState = ResumeState(state: earlier, graph: graph)
    undo.inherit(resumeState.undos(in: graph))
    state.update { facts in
      facts.cutover = DeploymentState.Cutover(
        resumeState.phase, isCommitted: earlier.isCommitted, oldWorkers: Set(earlier.oldWorkers))
      facts.hasChanged = earlier.hasChanged
      facts.starting = resumeState.starting
    }
    return resumeState
  }

  // MARK: Running

  private func carryOut(_ resumeState: ResumeState?) async -> RunReport {
    let undelivered = await deliver()
    let nodes = undelivered == nil ? await runNodes(resumeState) : []
    let notEnded = stepsToRun(resumeState).subtracting(Self.ended(nodes))
    let failed = nodes.first { $0.status == .failed }
    let failedNode = failed.map { graph.nodes[$0.node] }
    var end = OutcomeRules(
      state: state.current, failure: undelivered ?? failed?.failure,
      isCleanupFailure: failedNode?.step.has(.tidiesUp) == true
        && failed?.failure?.code != .unhealthy,
      // A cancellation after the last node had ended interrupted nothing.
      isCancelled: Task.isCancelled && !notEnded.isEmpty, isDryRun: options.isDryRun,
      rollsBack: options.rollsBack && failedNode?.policies.onFailure != .stop,
      isBlind: resumeState != nil && state.current.active == nil
        && graph.nodes.contains { $0.step is DetectActive })
    let reaction = end.reaction
    if reaction == .rollBack { end.undone = await undoAll(resumeState) }
    var lost = await inspectAtEnd(resumeState)
    if end.failure == nil, !end.isCancelled { end.failure = lost }
    end.state = state.current
    if let found = lost, reaction != .leave, end.undone.isEmpty,
      await isBetterUndone(end, found)
    {
      if failed != nil { context(for: nil, resumeState).warn("\(found)") }
      end.undone = await undoAll(resumeState)
      lost = await inspectAtEnd(resumeState)
    }
    if let lost, lost != end.failure { context(for: nil, resumeState).warn("\(lost)") }
    if end.failure == nil, !end.isCancelled, !options.isDryRun { await warnOfNextUp() }
    end.state = state.current
    if reaction != .leave, !options.isDryRun {
      await uncancelled { [context = context(for: nil, resumeState)] in
        await WayBack(context: context).warnIfLost()
      }
    }
    if !end.isCancelled { await tellFailure(makeReport(end, reaction)) }
    var report = makeReport(end, reaction, nodes)
    report.receipt = await prober.end(state.current.proxy, docker)
    if end.isCutOff { report.left = notEnded.sorted().map { graph.nodes[$0].name } }
    await runStore.close(report, options.purpose)
    return report
  }

  /// Whether to roll back from a new version that the final inspection has found not to be live.
  private func isBetterUndone(_ end: OutcomeRules, _ found: DeployError) async -> Bool {
    if let isReason = end.isReasonToRollBack(found) { return isReason }
    let context = context(for: nil, nil)
    do {
      try await ProxySwitch(context: context).gatedTargetLives()
      let target = graph.application.serviceID(try state.color(.target))
      return try await ComposeInspector(context: context).container(of: target)?.isRunning != true
    } catch {
      return (error as? DeployError)?.code == .unhealthy
    }
  }

  func makeReport(
    _ end: OutcomeRules, _ reaction: OutcomeRules.Reaction = .keep, _ nodes: [NodeReport] = []
  ) -> RunReport {
    secrets.redacted(
      RunReport(
        outcome: end.outcome(after: reaction), application: graph.application,
        serving: end.serving, failure: end.failure,
        failedNode: nodes.first { $0.status == .failed }?.node, nodes: nodes, undone: end.undone,
        warnings: state.current.warnings, duration: clock.now(), isDryRun: options.isDryRun,
        hasSwitched: !options.isDryRun && end.state.phase == .proved,
        isInterrupted: end.isInterrupted(after: reaction),
        versions: end.state.active == nil ? nil : context(for: nil, nil).versions))
  }

  /// Writes the files of another machine; returns why that failed.
  private func deliver() async -> DeployError? {
    guard !options.files.isEmpty else { return nil }
    var context = context(for: nil, nil)
    context.title = "Sending files"
    do {
      try await FileDelivery(context: context, files: options.files).run()
      return nil
    } catch {
      // A cancellation is seen by who comes next.
      return Task.isCancelled
        ? nil : error as? DeployError ?? DeployError(.environment, "\(error)")
    }
  }

  // MARK: Nodes

  private func stepsToRun(_ resumeState: ResumeState?) -> Set<Int> {
    let nodes = graph.nodes.filter {
      !$0.step.isMeetingPoint && resumeState?.isDone($0) != true
    }
    return Set(nodes.map(\.id))
  }

  /// The nodes that ended; the last report of each counts.
  private static func ended(_ reports: [NodeReport]) -> Set<Int> {
    let last = Dictionary(reports.map { ($0.node, $0.status) }) { $1 }
    return Set(last.filter { $0.value != .cancelled && $0.value != .retried }.keys)
  }

  private func runNodes(_ resumeState: ResumeState?) async -> [NodeReport] {
    var walk = Walk(graph, resumeState)
    var scopes = ScopeDeadlines(graph.scopes)
    await withTaskGroup(of: NodeReport?.self) { group in
      var start = walk.state.start()
      while true {
        // Nodes that are left out are reported before the others' first event.
        var ready: [Node] = []
        var next = 0
        while next < start.count, !Task.isCancelled {
          let node = graph.nodes[start[next]]
          next += 1
          if let passed = walk.pass(node) {
            if case .leftOut(let report) = passed { emit(.nodeFinished(report), node: node.id) }
            start += walk.state.start()
          } else {
            ready.append(node)
          }
        }
        for node in ready where !Task.isCancelled {
          participants?.join()
          let attempts = attempts(node, walk, &scopes, resumeState)
          group.addTask { [participants] in
            defer { participants?.leave() }
            return await attempts.run()
          }
        }
        guard let report = await group.next().flatMap({ $0 }) else { break }
        await prober.first()
        switch walk.ended(report) {
        case .goOn: break
        case .again(let inner): scopes.forget(inner)
        case .stop: group.cancelAll()
        }
        start = walk.state.start()
      }
    }
    return walk.reports
  }

  private func attempts(
    _ node: Node, _ walk: Walk, _ scopes: inout ScopeDeadlines, _ resumeState: ResumeState?
  ) -> NodeRunner {
    var attempts = NodeRunner(
      node: node, context: context(for: node, resumeState), deadline: deadline(of: node, &scopes))
    attempts.pause = walk.pauses[node.id] ?? .zero
    if let round = walk.state.furtherRound(after: node.id) {
      let around = Array(node.scopes.prefix { $0 != round.scope }) + [round.scope]
      let end = min(graph.timeout, scopes.deadline(of: around, startingAt: clock.now()))
      attempts.round = NodeRunner.Round(step: round, deadline: end)
    }
    if options.isDryRun { attempts.preface = walk.openBranches(of: node) }
    return attempts
  }

  private func deadline(of node: Node, _ scopes: inout ScopeDeadlines) -> Duration {
    let now = clock.now()
    let own = node.policies.timeout.map { now + $0 } ?? graph.timeout
    return min(graph.timeout, own, scopes.deadline(of: node.scopes, startingAt: now))
  }

  func context(for node: Node?, _ resumeState: ResumeState?) -> ActionContext {
    let id = node?.id
    return ActionContext(
      application: graph.application, title: node?.name ?? "Rollback", docker: docker,
      state: state, undo: undo, values: values, clock: clock, isDryRun: options.isDryRun,
      saidActive: resumeState?.state.active ?? options.active, approval: options.approval,
      executor: executor, controller: options.isDryRun ? nil : options.controller,
      secrets: secrets, runStore: runStore, node: id, declaresUndo: node?.undo == nil,
      watched: watched, gates: gates, resumeState: resumeState, jobs: jobs,
      pinned: pinned, startsExisting: startsExisting, asksForImage: asksForImage,
      settings: settings,
      guards: node?.guards ?? [],
      emit: { emit($0, node: id) })
  }
}

extension JournalEnd {
  init(_ report: RunReport, _ purpose: RunPurpose) {
    self.init(
      outcome: report.outcome, exitCode: report.exitCode, serving: report.serving,
      failure: report.failure.map { "\($0)" }, purpose: purpose, versions: report.versions)
    receipt = report.receipt
  }
}
