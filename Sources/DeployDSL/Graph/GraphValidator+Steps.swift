/// The checks of a node: those of its step, and those of every step.
extension GraphValidator {
  mutating func checkValues(_ node: Node) {
    let step = node.step
    let issues =
      step.issues(at: node, in: graph) + conditionIssues(of: node) + [retryIssue(around: node)]
      + [timeoutIssue(of: node), swarmIssue(of: node)]
      + ValidationIssue.ofEnvironment(step.variables)
      + node.secrets.flatMap(ValidationIssue.ofSecret)
      + ValidationIssue.ofTexts(
        step.texts + step.variables.values.map(\.text) + step.sent.map(\.text), step.title)
    for issue in issues { report(issue, at: node.location) }
  }

  private func conditionIssues(of node: Node) -> [ValidationIssue?] {
    (node.condition?.question.leaves ?? []).map { leaf in
      switch leaf {
      case .exists(""):
        ValidationIssue("a condition checks a file without a path", fix: "name it")
      case .environment(let name, _) where !name.isVariableName:
        ValidationIssue(
          "a condition reads the environment variable \"\(name.escaped)\", which is not a valid name",
          fix: "use letters, digits and '_', not beginning with a digit")
      default: nil
      }
    }
  }

  /// A step that runs once per deploy cannot be repeated after a later failure.
  private func retryIssue(around node: Node) -> ValidationIssue? {
    guard node.step.has(.once),
      node.scopes.contains(where: {
        graph.scopes.indices.contains($0) && graph.scopes[$0].retry != nil
      })
    else { return nil }
    return ValidationIssue(
      "\(node.step.title) is not allowed in Retry: it runs once per deploy",
      fix: "put it before or after the Retry")
  }

  /// A timeout must not be shorter than the time that a step's own arguments allow.
  private func timeoutIssue(of node: Node) -> ValidationIssue? {
    guard let own = node.step.ownTime else { return nil }
    let around = node.scopes.map { graph.scopes[$0].timeout }
    let limits = ([node.policies.timeout, node.policies.attemptTimeout] + around).compactMap(\.self)
    guard let limit = limits.filter({ $0 > .zero }).min(), limit < own.time else { return nil }
    return ValidationIssue(
      "\(node.step.title) may take \(limit.forPeople), but \(own.text) \(own.time.forPeople)",
      fix: "give a longer timeout, or none")
  }
}
