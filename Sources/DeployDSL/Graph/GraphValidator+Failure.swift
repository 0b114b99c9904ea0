/// The checks of failure handling: undos, policies and the steps of `onFailure`.
extension GraphValidator {
  mutating func checkFailures() {
    for node in graph.nodes {
      checkUndo(of: node)
      if node.policies.onFailure == .continue, node.step.has(.reliedOn) {
        report(
          "\(node.step.title) cannot continue on failure: later steps depend on it",
          fix: "use .onFailure(.rollback) or .onFailure(.stop)", at: node.location)
      }
    }
    for node in graph.onFailure {
      checkBeside(node, "onFailure", may: node.step.has(.beside))
    }
  }

  private mutating func checkUndo(of node: Node) {
    guard let undo = node.undo else { return }
    switch node.step.effect {
    case .swaps, .reloads:
      report(
        "the undo of \(node.step.title) cannot be replaced: "
          + "it keeps the proxy on a service that runs", fix: "put .undo on another step",
        at: node.location)
    default:
      for other in undo {
        checkBeside(other, "an undo", may: other.step.has(.beside) || other.step.stopsTarget)
      }
    }
  }

  private mutating func checkBeside(_ node: Node, _ block: String, may: Bool) {
    if !may {
      let list =
        "Run, Exec, Job, Request, Notify, Print, Wait"
        + (block == "an undo" ? ", Stop(.target)" : "")
      report(
        "\(node.step.title) is not allowed in \(block)",
        fix: "use \(list) or a step with code of your own", at: node.location)
    } else if node.undo != nil {
      report(
        "a step in \(block) has no undo of its own", fix: "remove the .undo", at: node.location)
    }
    checkValues(node)
  }
}
