import DeployDSL

/// The last words about a run: what failed and why, what was taken back, what serves, what to do.
struct EndRecord {
  let report: RunReport
  let graph: StepGraph?
  let host: String?
  let exitCode: Int32

  var messages: [Message] { failureBlock + [lastLine] }

  // MARK: Last line

  private var lastLine: Message {
    let time = report.duration.inRecord
    let place = host.map { " (\($0))" } ?? ""
    guard exitCode != 0 else {
      if report.isDryRun {
        return Message(.none, "dry run: nothing was changed ($ would be run, ? was asked now)")
      }
      let steps = report.nodes.count { isStep($0.node) }
      let count = steps == 1 ? "1 step" : "\(steps) steps"
      return Message(.done, "\(name): \(serving)\(place), \(count) in \(time)")
    }
    if report.isDryRun {
      return Message(
        .failed, "\(name): dry run failed, nothing was changed\(place), exit code \(exitCode)")
    }
    let symbol: Message.Symbol = report.outcome == .unfinished ? .warning : .failed
    return Message(
      symbol, "\(name): \(outcome), \(serving)\(place), \(time), exit code \(exitCode)")
  }

  private var name: String { report.application.name }

  private var outcome: String {
    switch report.outcome {
    case .succeeded: "deployed"
    case .unfinished: "deployed, but cleaning up is unfinished"
    case .failed, .unusable, .invalid, .locked: "not deployed"
    case .takenBack: "taken back"
    case .rolledBack: "switched and switched back"
    case .rollbackFailed: "failed, and taking back failed too"
    case .cancelled: "interrupted"
    }
  }

  private var serving: String {
    guard let color = report.serving else { return "what serves is not known" }
    let verb =
      report.outcome == .succeeded || report.outcome == .unfinished ? "serves" : "still serves"
    let service = report.application.service(color)
    return "\(service) \(report.outcome == .rolledBack ? "serves again" : verb) (\(color))"
  }

  private func isStep(_ node: Int) -> Bool {
    guard let graph, graph.nodes.indices.contains(node) else { return true }
    return graph.nodes[node].action != .join
  }

  // MARK: Failure

  private var failureBlock: [Message] {
    guard exitCode != 0 || report.failure != nil else { return [] }
    var block: [Message] = []
    if let failure = report.failure {
      block.append(problem(.failed, "\(failedStep): \(failure.message)"))
      if let fix = failure.fix { block.append(problem(.none, "fix: \(fix)", indent: 2)) }
      block += failure.details.map { problem(.output, $0, indent: 4) }
    }
    block += report.undone.map { undo in
      guard let failure = undo.failure else {
        return problem(.undo, "undone: \(undo.what)", indent: 2)
      }
      return problem(.failed, "not undone: \(undo.what): \(failure)", indent: 2)
    }
    if let next { block.append(problem(.none, "next: \(next)", indent: 2)) }
    return block
  }

  private func problem(_ symbol: Message.Symbol, _ text: String, indent: Int = 0) -> Message {
    Message(symbol, text, indent: indent, to: .problems)
  }

  private var failedStep: String {
    guard let node = report.failedNode, let graph, graph.nodes.indices.contains(node) else {
      return name
    }
    let failed = graph.nodes[node]
    // What the project does not have was named at the plan, not at the step that found out.
    let place = report.failure?.code == .plan ? graph.location : failed.location
    return "\(failed.name) (\(place.file):\(place.line))"
  }

  private var next: String? {
    switch report.outcome {
    case .succeeded: nil
    case .failed, .rolledBack: "mend it and run the plan again"
    case .unusable, .invalid: "mend it and run the plan again; nothing was changed"
    case .cancelled: "run the plan again"
    case .locked, .takenBack: nil
    case .rollbackFailed: "a person is needed: look at `docker ps` and at what the proxy serves"
    case .unfinished: "finish by hand what is said above; the new version serves"
    }
  }
}
