/// Checks the order of steps: a node may rely only on the certain effects of its dependencies.
///
/// One pass over the nodes propagates the facts along the edges, so the cost is linear.
package struct OrderCheck {
  let graph: StepGraph
  private let ups: [Int]
  private var problems: [PlanDiagnostic] = []
  private var seen: [String: [Int]] = [:]
  private var changes: [Int] = []
  private var images: [Int] = []
  private var isDetectionMissed = false
  private var isGateTooEarly = false

  init(graph: StepGraph) {
    self.graph = graph
    ups = graph.nodes.filter { $0.step.startsTarget }.map(\.id)
  }

  mutating func run() -> [PlanDiagnostic] {
    var after: [OrderFacts] = []
    after.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      func union(_ nodes: [Int]) -> OrderFacts {
        nodes.reduce(into: OrderFacts()) { $0.formUnion(after[$1]) }
      }
      var facts =
        node.alternatives.isEmpty
        ? union(node.dependencies) : .meeting(of: node.alternatives.map(union))
      check(node, facts)
      if node.step.has(.inOrder) { changes.append(node.id) }
      if node.step.makesImage { images.append(node.id) }
      facts.add(node)
      after.append(facts)
    }
    checkSwitchIsWhole(after)
    return problems
  }

  /// If nginx has not loaded the site file, the sources of the active colour would disagree.
  private mutating func checkSwitchIsWhole(_ after: [OrderFacts]) {
    let dependents = graph.dependents
    let end = graph.nodes.filter { dependents[$0.id].isEmpty }
      .reduce(into: OrderFacts()) { $0.formUnion(after[$1.id]) }
    guard end.isSwapPending, let swap = seen["SwapNginx"]?.first else { return }
    if seen["Reload"] == nil {
      report(
        "SwapNginx is never followed by Reload, so nothing would be switched",
        fix: "add Reload() after it", at: graph.nodes[swap])
    } else if problems.isEmpty {
      report(
        "SwapNginx is not followed by Reload on every way through the plan",
        fix: "put Reload() right after it, in the same branch", at: graph.nodes[swap])
    }
  }

  mutating func report(_ problem: String, fix: String, at node: Node) {
    problems.append(PlanDiagnostic(problem, fix: fix, at: node.location))
  }

  private mutating func check(_ node: Node, _ facts: OrderFacts) {
    let count = problems.count
    checkDetection(node, facts)
    checkKeys(node, facts)
    node.step.checkOrder(&self, node, facts)
    checkUndo(of: node, facts)
    if count == problems.count { checkParallel(node, facts) }
  }

  /// A missing `DetectActive()` is one issue, not one for each step that needs it.
  private mutating func checkDetection(_ node: Node, _ facts: OrderFacts) {
    // The undo of a step may run as soon as the step has begun.
    let undo = node.undo?.first { $0.step.neededRole != nil }
    let own = node.step.neededRole ?? node.condition?.question.role
    guard let role = own ?? undo?.step.neededRole, !facts.isDetected, !isDetectionMissed
    else { return }
    isDetectionMissed = true
    let title = own == nil ? "the undo of \(node.step.title)" : node.step.title
    report(
      "\(title) needs the \(role.rawValue) colour, but no DetectActive() comes before",
      fix: "begin the plan with DetectActive()", at: node)
  }

  mutating func checkFirst(_ node: Node, _ what: String, fix: String) {
    if isFirst(node, what) {
      seen[what, default: []].append(node.id)
    } else {
      report("\(what) comes twice", fix: fix, at: node)
    }
  }

  /// Opposite branches of a `When` may each contain one.
  private func isFirst(_ node: Node, _ what: String) -> Bool {
    last(of: seen[what] ?? [], for: node) == OrderFacts.none
  }

  /// The last of some nodes that can run in the same run as this one.
  private func last(of nodes: [Int], for node: Node) -> Int {
    nodes.last { !graph.nodes[$0].excludes(node) } ?? OrderFacts.none
  }

  mutating func checkUp(_ role: Role, _ node: Node, _ facts: OrderFacts) {
    if role == .active || (role == .previous && !facts.isReloaded) {
      report(
        "Up(.\(role.rawValue)) would recreate the service that the proxy serves",
        fix: "start the other colour with Up(.target)", at: node)
    } else if role == .target, facts.mayBeSwapped {
      report(
        "Up(.target) comes after SwapNginx, when the proxy may already serve it",
        fix: "put Up(.target) before Health() and SwapNginx()", at: node)
    } else if role == .target, last(of: images, for: node) > facts.image {
      let other = graph.nodes[last(of: images, for: node)]
      report(
        "Up(.target) does not wait for \(other.step.title) at line \(other.location.line)",
        fix: "put Up(.target) after it, not in parallel", at: node)
    }
  }

  /// The health check must have seen the target as it was last started: `Up` recreates it.
  mutating func checkSwap(_ node: Node, _ facts: OrderFacts) {
    // A health check that comes too early is one issue, and has been reported.
    if isFirst(node, "SwapNginx"), !isGateTooEarly {
      if facts.gated == nil {
        report(
          "SwapNginx comes before any health check of the target",
          fix: "put Health() between Up(.target) and SwapNginx()", at: node)
      } else if facts.gated != facts.targetChange {
        let change = graph.nodes[facts.targetChange]
        report(
          "no health check runs between \(change.step.title) at line \(change.location.line) "
            + "and SwapNginx", fix: "put Health() between them", at: node)
      }
    }
    checkFirst(node, "SwapNginx", fix: "keep one: a run switches once")
  }

  mutating func checkReload(_ node: Node, _ facts: OrderFacts) {
    if facts.isSwapped {
      checkFirst(node, "Reload", fix: "keep one: a run switches once")
    } else {
      seen["Reload", default: []].append(node.id)
      report(
        facts.mayBeSwapped
          ? "Reload comes after a SwapNginx that only one branch of When has"
          : "Reload without SwapNginx before it would change nothing",
        fix: facts.mayBeSwapped ? "put Reload() into that branch" : "put SwapNginx() before it",
        at: node)
    }
  }

  mutating func checkAfterSwitch(_ node: Node, _ facts: OrderFacts) {
    if !facts.isReloaded {
      report(
        "\(node.step.title) comes before the switch, while the proxy serves the previous colour",
        fix: "put it after Reload()", at: node)
    } else if facts.mayHaveStoppedPrevious {
      report(
        "\(node.step.title) comes after Stop(.previous), when it is too late for it",
        fix: "put it before Stop(.previous)", at: node)
    }
  }

  /// An image produced after the last `Up` is not started: the old version would be deployed
  /// without a warning.
  mutating func checkImage(_ node: Node) {
    let lastUp = last(of: ups, for: node)
    guard node.step.makesImage, lastUp != OrderFacts.none, lastUp < node.id else { return }
    report(
      "\(node.step.title) comes too late for Up(.target) at line "
        + "\(graph.nodes[lastUp].location.line), which starts the image that was there before",
      fix: "put it before Up(.target)", at: node)
  }

  mutating func checkContainer(_ node: Node, _ facts: OrderFacts, _ what: String) {
    if node.step.neededRole == .previous, facts.mayHaveStoppedPrevious {
      report(
        "\(node.step.title) comes after Stop(.previous), when its container no longer runs",
        fix: "put it before Stop(.previous)", at: node)
    } else if node.step.neededRole == .target, last(of: ups, for: node) != OrderFacts.none,
      !facts.isTargetStarted
    {
      isGateTooEarly = isGateTooEarly || node.step.effect == .gates(.target)
      let change = facts.targetChange == OrderFacts.none ? nil : graph.nodes[facts.targetChange]
      if let change, change.step.stopsTarget {
        report(
          "\(node.step.title) \(what) after \(change.step.title) at line "
            + "\(change.location.line) has stopped it",
          fix: "put it before Stop(.target), or Up(.target) between them", at: node)
      } else {
        report(
          "\(node.step.title) \(what) before Up(.target) has started it",
          fix: "put it after Up(.target)", at: node)
      }
    }
  }

  /// Steps are undone in reverse order: the undo of a step after the switch runs before the undo of
  /// the switch.
  private mutating func checkUndo(of node: Node, _ facts: OrderFacts) {
    guard facts.mayBeSwapped, node.undo?.contains(where: \.step.stopsTarget) == true
    else { return }
    report(
      "the undo of \(node.step.title) stops the target while the proxy still serves it",
      fix: "put Stop(.target) into the undo of a step before SwapNginx()", at: node)
  }

  /// Steps that start, stop or switch must run in a known sequence.
  private mutating func checkParallel(_ node: Node, _ facts: OrderFacts) {
    let lastChange = last(of: changes, for: node)
    guard node.step.has(.inOrder), lastChange > facts.change else { return }
    let other = graph.nodes[lastChange]
    report(
      "\(node.step.title) runs in parallel with \(other.step.title) at line \(other.location.line), "
        + "but their order matters",
      fix: "run them in sequence, not in Parallel", at: node)
  }
}
