import DeployDSL

extension RunEngine {
  func emit(_ kind: Event.Kind, node: Int? = nil) {
    keep(kind, node)
    measure(kind, node)
    let now = clock.now()
    var event = Event(at: now, node: node, kind: secrets.redacted(kind))
    event.run = run?.text
    event.milliseconds = began + Int(now / .milliseconds(1))
    if case .interruptionMeans(_?) = kind, !options.rollsBack {
      event.kind = .interruptionMeans("stop here, without a rollback")
    }
    events(event)
  }

  /// The run's ID: that of the interrupted run, if it is resumed; `nil` in a dry run.
  static func run(_ options: RunOptions, _ stateFolder: String?, _ name: String) -> RunID? {
    guard !options.isDryRun else { return nil }
    if options.resume != nil, let stateFolder,
      let state = try? StateFolder.existing(at: stateFolder, application: name),
      let earlier = try? state.journal.interrupted()
    {
      return earlier.run
    }
    return options.run.flatMap(RunID.init) ?? RunID()
  }

  /// Tells how long the run will take, if earlier runs can tell and time is not simulated.
  func tellEstimate(_ journal: JournalStore) {
    guard !executor.isSimulated else { return }
    let steps = graph.nodes.map(\.name)
    guard let (duration, runs) = journal.estimate(of: options.purpose, steps: steps) else { return }
    emit(.estimate(duration, runs: runs))
  }

  /// Notes the event for the receipt; the requests begin as soon as the run knows where to ask.
  private func measure(_ kind: Event.Kind, _ node: Int?) {
    guard !prober.isOff else { return }
    prober.note(kind, of: node.map { graph.nodes[$0] }, at: clock.now())
    switch kind {
    case .nodeFinished, .undoStarted:
      if let proxy = state.current.proxy, let endpoint = proxy.endpoint {
        prober.begin(at: endpoint, for: proxy.provingPath) { self.emit(.note($0)) }
      }
    default: break
    }
  }

  /// The journal's record of a node event.
  private func keep(_ kind: Event.Kind, _ node: Int?) {
    guard let node else { return }
    switch kind {
    case .nodeStarted:
      let name = graph.nodes[node].name
      if !graph.nodes[node].step.has(.instant) { runStore.isAt(name) }
      runStore.record(.nodeStarted(node: node, name: name))
    case .nodeFinished(let report):
      runStore.record(
        .nodeFinished(
          node: node, status: report.status,
          milliseconds: Int(report.duration / .milliseconds(1)),
          summary: report.summary, failure: report.failure.map { "\($0)" },
          answer: report.answer),
        mustSurvive: !graph.nodes[node].step.has(.instant))
    default: break
    }
  }
}
