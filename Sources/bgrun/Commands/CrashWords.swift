import DeployDSL
import DeployRunner

/// What is said if the process ends in the middle of a run: kept up to date by the run's events.
struct CrashWords {
  private var graph: StepGraph?
  private var step: Node?
  private var hasChanged = false

  @MainActor
  mutating func take(_ event: Event) {
    switch event.kind {
    case .runStarted(let graph, _): self.graph = graph
    case .nodeStarted:
      guard let node = event.node, let graph, graph.nodes.indices.contains(node) else { return }
      step = graph.nodes[node]
    case .operation(let record) where record.effect == .change && !record.isSkipped:
      guard !hasChanged else { return }
      hasChanged = true
    default: return
    }
    guard let step else { return }
    let text = "the process crashed in step \"\(step.name)\" (\(step.location)): \(advice)"
    LastWords.set(
      crash: text,
      exit: "step \"\(step.name)\" (\(step.location)) ended the process: \(advice)",
      status: hasChanged ? .broken : .failed)
  }

  /// What a person should know who ended the run by force.
  var whatIsLeft: String {
    "step \"\(step?.name ?? "?")\"" + (step.map { " (\($0.location))" } ?? "") + ": " + advice
  }

  private var advice: String {
    guard hasChanged, let application = graph?.application else { return "nothing was changed" }
    return "nothing more was done and nothing was taken back; look with `docker ps` which of "
      + "\(application.blue) and \(application.green) run and with `docker compose exec "
      + "\(application.proxy) nginx -T` which one the proxy is for, then run the plan again"
  }
}
