import DeployDSL

/// A run's progress through the graph: which nodes need no work, which are skipped, and how the
/// others ended.
struct Walk {
  /// A node that is passed without work.
  enum Passed {
    /// It only joins branches, or an earlier run has completed it.
    case silently
    /// A condition was not met.
    case leftOut(NodeReport)
  }

  /// What the end of a node means for the others.
  enum Consequence: Equatable {
    case goOn
    /// Steps are repeated, and these scopes with them.
    case again(Set<Int>)
    case stop
  }

  private let graph: StepGraph
  private let resumeState: ResumeState?
  private var repeated: Set<Int> = []
  var state: RunState
  /// How each node ended, in order; the last time counts.
  private(set) var reports: [NodeReport] = []
  /// The delays before repeated nodes.
  private(set) var pauses: [Int: Duration] = [:]

  init(_ graph: StepGraph, _ resumeState: ResumeState?) {
    self.graph = graph
    self.resumeState = resumeState
    state = RunState(graph)
    reports.reserveCapacity(graph.nodes.count)
  }

  /// Passes a node without work, so that its successors may start.
  mutating func pass(_ node: Node) -> Passed? {
    if node.step.isMeetingPoint {
      state.succeeded(node.id)
      return .silently
    }
    if let unmet = state.unmet(node.id) {
      let report = NodeReport(
        node: node.id, name: node.name, status: .skipped,
        summary: "left out: \(text(unmet, isMet: false))", failure: nil, attempts: 0,
        duration: .zero)
      reports.append(report)
      state.succeeded(node.id)
      return .leftOut(report)
    }
    guard let resumeState, !repeated.contains(node.id), resumeState.isDone(node) else { return nil }
    if let answer = resumeState.state.answers[node.id] { state.decided(node.id, answer) }
    state.succeeded(node.id)
    return .silently
  }

  /// A started node has ended.
  mutating func ended(_ report: NodeReport) -> Consequence {
    pauses[report.node] = nil
    if report.status == .retried, let round = state.furtherRound(after: report.node) {
      let again = state.again(round)
      repeated.formUnion(again)
      reports.removeAll { again.contains($0.node) }
      if let first = again.min() { pauses[first] = round.pause }
      let scopes = again.flatMap { graph.nodes[$0].scopes.drop { $0 != round.scope }.dropFirst() }
      return .again(Set(scopes))
    }
    reports.append(report)
    switch report.status {
    case .succeeded, .wouldRun, .skipped, .passedOver:
      if graph.nodes[report.node].condition != nil { state.decided(report.node, report.answer) }
      state.succeeded(report.node)
      return .goOn
    case .failed, .cancelled, .retried:
      state.failed()
      return .stop
    }
  }

  /// The conditions under which a node would run, if a dry run has left them open.
  func openBranches(of node: Node) -> [String] {
    state.open(node.id).map { item in
      item.expects ? "if \(text(item, isMet: true)):" : "otherwise, if \(text(item, isMet: true)):"
    }
  }

  private func text(_ item: Guard, isMet: Bool) -> String {
    guard let question = graph.nodes[item.node].condition?.question else { return "" }
    return (item.expects == isMet ? question : .not(question)).summary
  }
}
