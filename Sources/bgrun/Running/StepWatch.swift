import DeployDSL
import DeployRunner

/// Knows what a person must be told when the process ends in the middle of one application's run.
struct StepWatch {
  private let graph: StepGraph
  /// How the plan is named in commands: `PLAN --only web`, where there are several.
  private let plan: String
  private(set) var isRunning = false
  private(set) var hasChanged = false
  private var running: [Node] = []
  /// From which node on the proxy may have been touched.
  private let firstSwap: Int?
  private var hasTouchedProxy = false
  private var isUndoing = false
  /// How the run ended, once it has.
  private(set) var ended: RunReport?

  /// Prepares for a run.
  init(graph: StepGraph, plan: String) {
    self.graph = graph
    self.plan = plan
    firstSwap = graph.nodes.firstIndex(where: \.isSwap)
  }

  /// Takes an event into account; whether there is something else to tell now.
  mutating func take(_ event: Event) -> Bool {
    switch event.kind {
    case .runStarted(let graph, _):
      // A version that is brought back has steps of its own.
      self = StepWatch(graph: graph, plan: plan)
      isRunning = true
      return true
    case .nodeStarted: return start(event.node)
    case .nodeFinished(let report): return end(report.node)
    case .operation(let record) where record.effect == .change && !record.isSkipped:
      guard !hasChanged else { return false }
      hasChanged = true
      return true
    case .undoStarted:
      defer { (isUndoing, hasTouchedProxy) = (true, true) }
      return !isUndoing
    case .runFinished(let report):
      isRunning = false
      ended = report
      return true
    default: return false
    }
  }

  /// What was going on and was not taken back.
  var leftovers: String {
    let steps = running.map { "\"\($0.name)\"" }.joined(separator: ", ")
    let place = steps.isEmpty ? "" : " in \(steps)"
    return "left at once\(place); \(rest)"
  }

  /// The steps that run code of the plan now: a crash is one of theirs.
  var places: [String] {
    running.filter(\.isCode).map { "step \"\($0.name)\" (\($0.location.file):\($0.location.line))" }
  }

  private mutating func start(_ node: Int?) -> Bool {
    guard let node, graph.nodes.indices.contains(node) else { return false }
    let started = graph.nodes[node]
    running.append(started)
    // A run that is taken up begins behind it.
    if let firstSwap, node >= firstSwap { hasTouchedProxy = true }
    return started.isCode
  }

  private mutating func end(_ node: Int) -> Bool {
    guard let index = running.firstIndex(where: { $0.id == node }) else { return false }
    return running.remove(at: index).isCode
  }

  /// What was not taken back, and what to do about it.
  var rest: String {
    if let ended, !ended.isUnfinished {
      return "the run had ended: `bgrun history \(plan)` shows how"
    }
    guard hasChanged else { return "nothing had been changed" }
    let application = graph.application
    let proxy =
      hasTouchedProxy
      ? " and with `docker compose exec \(application.proxy) nginx -T` which one the proxy is for"
      : "; the proxy was not touched, so what served before still does"
    let done =
      isUndoing
      ? "taking back did not come to its end" : "nothing more was done and nothing was taken back"
    let ways =
      isUndoing
      ? "`bgrun resume \(plan) --undo` takes back what is left"
      : "`bgrun resume \(plan)` goes on, and `bgrun resume \(plan) --undo` takes it back"
    return "\(done); look with `docker ps` which of \(application.blue) and \(application.green) "
      + "run\(proxy); then \(ways)"
  }
}

extension Node {
  fileprivate var isSwap: Bool { if case .swapNginx = action { true } else { false } }

  /// Whether the step runs code of the plan.
  fileprivate var isCode: Bool {
    switch action {
    case .code, .condition: true
    default: false
    }
  }
}
