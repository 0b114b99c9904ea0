/// The checks of a graph's indices: those of a compiled plan are valid, but a graph can be
/// modified.
extension GraphValidator {
  mutating func checkStructure() {
    for (index, node) in graph.nodes.enumerated() {
      if let fault = fault(of: node, at: index) {
        report(
          "the graph's node \(index), \"\(node.name.escaped)\", \(fault)",
          fix: "use the graph that Deploy.graph() returns, and change the plan instead",
          at: node.location)
      }
    }
    for node in graph.nodes.flatMap({ $0.undo ?? [] }) + graph.onFailure
    where !node.scopes.isEmpty || node.isIncomplete {
      report(
        "\"\(node.name.escaped)\" is outside the graph, but has scopes or lacks its code",
        fix: "use the graph that Deploy.graph() returns, and change the plan instead",
        at: node.location)
    }
  }

  /// The fault in a node's place in the graph; `nil` if it is valid.
  private func fault(of node: Node, at index: Int) -> String? {
    let earlier = 0..<index
    if node.id != index { return "has the number \(node.id)" }
    if let other = (node.dependencies + node.alternatives.flatMap(\.self)).first(where: {
      !earlier.contains($0)
    }) {
      return "waits for node \(other), which does not come before it"
    }
    if let scope = node.scopes.first(where: { !graph.scopes.indices.contains($0) }) {
      return "is in the group \(scope), which is not there"
    }
    if node.isIncomplete { return "has lost its code" }
    return node.guards.lazy.compactMap { fault(of: $0, of: node, earlier) }.first
  }

  /// A conditional node must come after its condition.
  private func fault(of item: Guard, of node: Node, _ earlier: Range<Int>) -> String? {
    guard earlier.contains(item.node), graph.nodes[item.node].condition != nil else {
      return "depends on the condition of node \(item.node), which is not an earlier condition"
    }
    let isAfter = node.dependencies.contains { other in
      other == item.node || graph.nodes[other].guards.contains(item)
    }
    return isAfter ? nil : "depends on the condition of node \(item.node), but does not wait for it"
  }

  /// The checks of modifiers, which a plan passed when it was compiled.
  mutating func checkModifiers() {
    for node in graph.nodes + graph.nodes.flatMap({ $0.undo ?? [] }) + graph.onFailure {
      let policies = node.policies
      let title = node.step.title.escaped
      let issues = [
        node.isNamed ? ValidationIssue.ofName(node.name) : nil,
        ValidationIssue.unlessPositive(policies.timeout, "the timeout of \(title)"),
        ValidationIssue.unlessPositive(
          policies.attemptTimeout, "the timeout per attempt of \(title)"),
        ValidationIssue.ofRetries(
          policies.retries, atLeast: 0, "\(title) cannot be retried \(policies.retries) times"),
      ]
      for issue in issues + ValidationIssue.ofBackoff(policies.backoff, title) {
        report(issue, at: node.location)
      }
    }
    for (index, scope) in graph.scopes.enumerated() {
      report(
        ValidationIssue.unlessPositive(scope.timeout, "the timeout of \(scope.name.escaped)"),
        at: graph.location)
      if let retry = scope.retry { checkRound(retry, index) }
    }
  }

  /// Repeated steps must be in sequence: none may still run when the last one has failed.
  private mutating func checkRound(_ retry: Scope.Retry, _ scope: Int) {
    let retries = ValidationIssue.ofRetries(
      retry.retries, atLeast: 1, "Retry with \(retry.retries) retries runs its steps once")
    for issue in [retries] + ValidationIssue.ofBackoff(retry.backoff, "Retry") {
      report(issue, at: graph.location)
    }
    let nodes = graph.nodes.filter { $0.scopes.contains(scope) }
    let isInLine = zip(nodes, nodes.dropFirst()).allSatisfy { node, next in
      next.dependencies.contains(node.id) || next.excludes(node)
    }
    if !isInLine { report(.parallelInRetry, at: nodes[0].location) }
  }
}

extension Node {
  /// Whether the code or condition of its step is missing or belongs to another step.
  fileprivate var isIncomplete: Bool {
    switch step as? GraphPoint {
    case .code: code == nil
    case .condition: condition == nil
    default: code != nil || condition != nil
    }
  }
}
