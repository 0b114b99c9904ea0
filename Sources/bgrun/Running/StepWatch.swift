import DeployDSL
import DeployRunner

/// Knows what a person must be told when the process ends in the middle of a run.
struct StepWatch {
  private let graph: StepGraph
  private let isLive: Bool
  private var running: [Node] = []
  private var hasChanged = false
  private var hasTouchedProxy = false

  /// Prepares for a run.
  ///
  /// - Parameter isLive: whether a line is rewritten in place, which last words must not join.
  init(graph: StepGraph, isLive: Bool) {
    self.graph = graph
    self.isLive = isLive
    // A step may crash before the first event has come here.
    update()
  }

  /// Takes an event into account.
  mutating func take(_ event: Event) {
    switch event.kind {
    case .runStarted: update()
    case .nodeStarted: start(event.node)
    case .nodeFinished(let report): end(report.node)
    case .operation(let record) where record.effect == .change && !record.isSkipped:
      guard !hasChanged else { return }
      hasChanged = true
      update()
    default: break
    }
  }

  /// What was going on and what was not taken back.
  var leftovers: String {
    let steps = running.map { "\"\($0.name)\"" }.joined(separator: ", ")
    let place = steps.isEmpty ? "" : " in \(steps)"
    return "left at once\(place); \(rest)"
  }

  private mutating func start(_ node: Int?) {
    guard let node, graph.nodes.indices.contains(node) else { return }
    let started = graph.nodes[node]
    running.append(started)
    if case .swapNginx = started.action { hasTouchedProxy = true }
    if started.isCode { update() }
  }

  private mutating func end(_ node: Int) {
    guard let index = running.firstIndex(where: { $0.id == node }) else { return }
    if running.remove(at: index).isCode { update() }
  }

  private func update() {
    let code = running.filter(\.isCode)
    let places = code.map { "step \"\($0.name)\" (\($0.location.file):\($0.location.line))" }
    let place = places.isEmpty ? "" : " in " + places.joined(separator: " or ")
    LastWords.set(
      crash: "the plan's own code crashed\(place); \(rest)",
      exit: "the plan's own code called exit()\(place); \(rest)",
      clearingLine: isLive, status: hasChanged ? .broken : .failed)
  }

  private var rest: String {
    guard hasChanged else { return "nothing had been changed" }
    let application = graph.application
    let proxy =
      hasTouchedProxy
      ? " and with `docker compose exec \(application.proxy) nginx -T` which one the proxy is for"
      : "; the proxy was not touched, so what served before still does"
    return "nothing more was done and nothing was taken back; look with `docker ps` which of "
      + "\(application.blue) and \(application.green) run\(proxy); then `bgrun resume PLAN` "
      + "goes on, and `bgrun resume PLAN --undo` takes it back"
  }
}

extension Node {
  /// Whether the step runs code of the plan.
  fileprivate var isCode: Bool {
    switch action {
    case .code, .condition: true
    default: false
    }
  }
}
