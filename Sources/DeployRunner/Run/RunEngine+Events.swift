import DeployDSL

extension RunEngine {
  func emit(_ kind: Event.Kind, node: Int? = nil) {
    keep(kind, node)
    measure(kind, node)
    events(Event(at: clock.now(), node: node, kind: secrets.redacted(kind)))
  }

  /// Notes the event for the receipt; the requests begin as soon as the run knows where to ask.
  private func measure(_ kind: Event.Kind, _ node: Int?) {
    guard !prober.isOff else { return }
    prober.note(kind, of: node.map { graph.nodes[$0] }, at: clock.now())
    switch kind {
    case .nodeFinished, .undoStarted:
      if let endpoint = state.current.proxy?.endpoint { prober.begin(at: endpoint) }
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
