/// The checks of what the plan says about failures: undos, policies and the steps of `onFailure`.
extension GraphValidator {
  mutating func checkFailures() {
    for node in graph.nodes {
      checkUndo(of: node)
      if node.policies.onFailure == .continue, node.action.isReliedOn {
        report(
          "\(node.action.title) cannot be passed over when it fails: what follows relies on it",
          fix: "use .onFailure(.rollback) or .onFailure(.stop)", at: node.location)
      }
    }
    for node in graph.onFailure {
      checkBeside(node, "onFailure", may: node.action.tellsOrRuns)
    }
  }

  private mutating func checkUndo(of node: Node) {
    guard let undo = node.undo else { return }
    switch node.action {
    case .swapNginx, .reload:
      report(
        "the undo of \(node.action.title) cannot be replaced: "
          + "it keeps the proxy on a service that runs", fix: "put .undo on another step",
        at: node.location)
    default:
      for step in undo {
        checkBeside(step, "an undo", may: step.action.tellsOrRuns || step.action.stopsTarget)
      }
    }
  }

  private mutating func checkBeside(_ node: Node, _ block: String, may: Bool) {
    if !may {
      let list =
        "Run, Exec, Job, Request, Notify, Print, Wait"
        + (block == "an undo" ? ", Stop(.target)" : "")
      report(
        "\(node.action.title) cannot stand in \(block)",
        fix: "use \(list) or a step with code of your own", at: node.location)
    } else if node.undo != nil {
      report(
        "a step in \(block) has no undo of its own", fix: "remove the .undo", at: node.location)
    }
    checkValues(node)
  }
}

extension Action {
  /// Whether it only says something, runs a command or lets time pass.
  fileprivate var tellsOrRuns: Bool {
    switch self {
    case .run, .exec, .job, .request, .notify, .print, .wait, .code, .join, .meeting: true
    default: false
    }
  }

  /// Whether a later step would do harm if it had not succeeded.
  fileprivate var isReliedOn: Bool {
    switch self {
    case .detectActive, .swapNginx, .reload, .watch, .approve, .condition: true
    case .up, .start: true
    case .health(let step): step.role == .target
    default: false
    }
  }
}
