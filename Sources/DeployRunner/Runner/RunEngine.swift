import DeployDSL

/// One run from its first event to its report: one task group around the pure ``RunState``.
struct RunEngine: Sendable {
  private let graph: StepGraph
  private let options: RunOptions
  private let executor: any Executor
  private let clock: RunClock
  private let docker: DockerCLI
  private let participants: (any ParticipantClock)?
  private let ledger = Ledger()
  private let undo = UndoLog()
  private let secrets = Secrets()
  private let events: @Sendable (Event) -> Void

  init(
    graph: StepGraph, executor: any Executor, options: RunOptions,
    events: @escaping @Sendable (Event) -> Void
  ) {
    self.graph = graph
    self.options = options
    self.executor = options.isDryRun ? DryRunExecutor(executor) : executor
    self.events = events
    clock = RunClock(executor.clock)
    docker = DockerCLI(
      application: graph.application,
      interpolation: graph.nodes.reduce(into: [:]) { $0.merge($1.action.interpolation) { $1 } })
    participants = executor.clock as? any ParticipantClock
  }

  func run() async -> RunReport {
    emit(.runStarted(graph: graph, isDryRun: options.isDryRun))
    let nodes = await runNodes()
    // A cancellation that came after the last node had ended cut nothing off.
    let isCancelled =
      Task.isCancelled && nodes.filter { $0.status != .cancelled }.count < stepCount
    let failed = nodes.first { $0.status == .failed }
    var undone: [UndoReport] = []
    let facts = ledger.current
    let mustUndo =
      failed.map { !isAfterCommit($0, facts) } ?? (isCancelled && facts.phase != .proved)
    if mustUndo, facts.hasChanged {
      // A task of its own, because a cancelled one could not take anything back.
      undone = await Task { [self] in await Undoing(base: context(for: nil)).run() }.value
    }
    let verdict = Verdict(
      nodes: nodes, undone: undone, facts: ledger.current, isCancelled: isCancelled,
      isDryRun: options.isDryRun)
    let report = secrets.redacted(
      RunReport(
        outcome: verdict.outcome, application: graph.application, serving: verdict.serving,
        failure: failed?.failure, failedNode: failed?.node, nodes: nodes, undone: undone,
        warnings: ledger.current.warnings, duration: clock.now(), isDryRun: options.isDryRun))
    emit(.runFinished(report))
    return report
  }

  /// Whether the failure came when there was no way back, or none was worth taking: the previous
  /// colour is being stopped, or only tidying up was left.
  private func isAfterCommit(_ failed: NodeReport, _ facts: Ledger.Facts) -> Bool {
    guard facts.phase == .proved else { return false }
    if facts.isCommitted { return true }
    switch graph.nodes[failed.node].action {
    case .prune, .print, .wait: return true
    case .stop: return failed.failure?.code != .unhealthy
    default: return false
    }
  }

  private var stepCount: Int { graph.nodes.count { $0.action != .join } }

  // MARK: Nodes

  private func runNodes() async -> [NodeReport] {
    var state = RunState(graph)
    var reports: [NodeReport] = []
    reports.reserveCapacity(graph.nodes.count)
    let scopes = ScopeDeadlines(graph.scopes)
    await withTaskGroup(of: NodeReport.self) { group in
      var start = state.start()
      while true {
        for id in start where !Task.isCancelled {
          participants?.join()
          let node = graph.nodes[id]
          let attempts = Attempts(
            node: node, context: context(for: node), deadline: deadline(of: node, scopes))
          group.addTask { [participants] in
            defer { participants?.leave() }
            return await attempts.run()
          }
        }
        guard let report = await group.next() else { break }
        // Where branches meet is no step that anybody wrote.
        if graph.nodes[report.node].action != .join { reports.append(report) }
        switch report.status {
        case .succeeded, .skipped: state.succeeded(report.node)
        case .failed, .cancelled:
          state.failed(report.node)
          group.cancelAll()
        }
        start = state.start()
      }
    }
    return reports
  }

  private func deadline(of node: Node, _ scopes: ScopeDeadlines) -> Duration {
    let now = clock.now()
    let own = node.policies.timeout.map { now + $0 } ?? graph.timeout
    return min(graph.timeout, own, scopes.deadline(of: node, startingAt: now))
  }

  private func context(for node: Node?) -> ActionContext {
    let id = node?.id
    return ActionContext(
      application: graph.application,
      title: node?.name ?? "taking back",
      docker: docker, ledger: ledger, undo: undo,
      clock: clock, isDryRun: options.isDryRun, saidActive: options.active, executor: executor,
      secrets: secrets,
      emit: { emit($0, node: id) })
  }

  private func emit(_ kind: Event.Kind, node: Int? = nil) {
    events(Event(at: clock.now(), node: node, kind: secrets.redacted(kind)))
  }
}
