/// Finds all issues of a plan that can be found before it runs.
///
/// The graph's edges define the order: a node comes after the nodes that it depends on.
struct GraphValidator {
  let graph: StepGraph
  private(set) var problems: [PlanDiagnostic] = []

  mutating func validate() -> [PlanDiagnostic] {
    // The following checks use the graph's edges.
    checkStructure()
    guard problems.isEmpty else { return problems }
    checkApplication()
    checkSwarm()
    if graph.nodes.isEmpty {
      report(
        "the plan \"\(graph.application.name.escaped)\" has no steps",
        fix: "begin with DetectActive(), Up(.target), Health(), SwapNginx(), Reload()",
        at: graph.location)
    }
    checkNames()
    var order = OrderCheck(graph: graph)
    problems += order.run()
    for node in graph.nodes { checkValues(node) }
    checkFailures()
    return problems
  }

  mutating func validateModifiers() -> [PlanDiagnostic] {
    checkModifiers()
    return problems
  }

  mutating func report(_ problem: String, fix: String, at location: SourceLocation) {
    problems.append(PlanDiagnostic(problem, fix: fix, at: location))
  }

  mutating func report(_ issue: ValidationIssue?, at location: SourceLocation) {
    guard let issue else { return }
    report(issue.problem, fix: issue.fix, at: location)
  }

  private mutating func checkNames() {
    var first: [String: SourceLocation] = [:]
    for node in graph.nodes where node.isNamed {
      if let earlier = first[node.name] {
        report(
          "two steps are named \"\(node.name.escaped)\", the first at line \(earlier.line)",
          fix: "give each a name of its own", at: node.location)
      } else {
        first[node.name] = node.location
      }
    }
  }
}
