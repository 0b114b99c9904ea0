/// Finds every mistake of a plan that can be found before it runs.
///
/// Order is judged along the graph's edges: what "comes before" a node is what it depends on.
struct GraphValidator {
  /// What has surely happened when a node begins.
  private struct Facts: OptionSet {
    var rawValue: Int
    static let detected = Facts(rawValue: 1)
    static let started = Facts(rawValue: 2)
    static let gated = Facts(rawValue: 4)
    static let swapped = Facts(rawValue: 8)
    static let reloaded = Facts(rawValue: 16)
    static let stopped = Facts(rawValue: 32)
  }

  private let plan: Deploy
  private let graph: StepGraph
  private var problems: [PlanDiagnostic] = []

  init(plan: Deploy, graph: StepGraph) {
    self.plan = plan
    self.graph = graph
  }

  mutating func validate() -> [PlanDiagnostic] {
    checkApplication()
    if graph.nodes.isEmpty {
      report(
        "the plan \"\(graph.application.name)\" has no steps",
        fix: "begin with DetectActive(), Up(.target), Health(), SwapNginx(), Reload()",
        at: plan.location)
    }
    checkNames()
    checkOrder()
    for node in graph.nodes { checkValues(node) }
    for scope in graph.scopes {
      checkPositive(scope.timeout, "the timeout of \"\(scope.name)\"", at: plan.location)
    }
    return problems
  }

  mutating func report(_ problem: String, fix: String, at location: SourceLocation) {
    problems.append(PlanDiagnostic(problem, fix: fix, at: location))
  }

  // MARK: Application

  private mutating func checkApplication() {
    let application = graph.application
    let names = [
      ("application", application.name), ("blue service", application.blue),
      ("green service", application.green), ("proxy service", application.proxy),
    ]
    for (what, name) in names where !name.isServiceName {
      report(
        "\"\(name.escaped)\" is no \(what) name",
        fix: "use letters, digits, '_', '.' and '-', beginning with a letter or digit",
        at: plan.location)
    }
    if application.blue == application.green {
      report(
        "blue and green are both the service \"\(application.blue)\"",
        fix: "name two services, one for each colour", at: plan.location)
    }
    if [application.blue, application.green].contains(application.proxy) {
      report(
        "the proxy \"\(application.proxy)\" is also one of the colours",
        fix: "name the nginx service with proxy:", at: plan.location)
    }
    if let port = application.port, !(1...65535).contains(port) {
      report("port \(port) is no port", fix: "give one from 1 to 65535", at: plan.location)
    }
    if !application.health.hasPrefix("/") {
      report(
        "the health path \"\(application.health)\" does not begin with '/'",
        fix: "write health: \"/\(application.health)\"", at: plan.location)
    }
    checkPositive(graph.timeout, "the plan's timeout", at: plan.location)
  }

  private mutating func checkNames() {
    var first: [String: SourceLocation] = [:]
    for node in graph.nodes where node.isNamed {
      if let earlier = first[node.name] {
        report(
          "two steps are named \"\(node.name)\", the first at line \(earlier.line)",
          fix: "give each a name of its own", at: node.location)
      } else {
        first[node.name] = node.location
      }
    }
  }

  // MARK: Order

  private mutating func checkOrder() {
    var before = [Facts](repeating: [], count: graph.nodes.count)
    var after = before
    var swaps: [Node] = []
    var reloads = false
    for node in graph.nodes {
      before[node.id] = node.dependencies.reduce(into: Facts()) { $0.formUnion(after[$1]) }
      checkOrder(of: node, given: before[node.id])
      after[node.id] = before[node.id].union(Self.facts(from: node.action))
      if case .swapNginx = node.action { swaps.append(node) }
      if case .reload = node.action { reloads = true }
    }
    for swap in swaps where !reloads {
      report(
        "SwapNginx is never followed by Reload, so nothing would be switched",
        fix: "add Reload() after it", at: swap.location)
    }
  }

  private static func facts(from action: Action) -> Facts {
    switch action {
    case .detectActive: .detected
    case .up(let step) where step.role == .target: .started
    case .health(let step) where step.role == .target: .gated
    case .swapNginx: .swapped
    case .reload: .reloaded
    case .stop(let step) where step.role == .previous: .stopped
    default: []
    }
  }

  private mutating func checkOrder(of node: Node, given facts: Facts) {
    if let role = node.action.role, !facts.contains(.detected) {
      report(
        "\(node.action.title) needs the \(role.rawValue) colour, but no DetectActive() comes before",
        fix: "begin the plan with DetectActive()", at: node.location)
      return
    }
    switch node.action {
    case .detectActive: checkDetect(node, facts)
    case .up(let step): checkUp(step, node, facts)
    case .swapNginx: checkSwap(node, facts)
    case .reload: checkReload(node, facts)
    case .stop(let step): checkStop(step, node, facts)
    default: break
    }
  }

  private mutating func checkDetect(_ node: Node, _ facts: Facts) {
    guard facts.contains(.detected) else { return }
    report(
      "DetectActive() comes twice", fix: "keep the first: the roles hold for the whole run",
      at: node.location)
  }

  private mutating func checkUp(_ step: Up, _ node: Node, _ facts: Facts) {
    if step.role == .active || (step.role == .previous && !facts.contains(.reloaded)) {
      report(
        "Up(.\(step.role.rawValue)) would recreate the service that the proxy serves",
        fix: "start the other colour with Up(.target)", at: node.location)
    } else if step.role == .target, facts.contains(.swapped) {
      report(
        "Up(.target) comes after SwapNginx, when the proxy may already serve it",
        fix: "put Up(.target) before Health() and SwapNginx()", at: node.location)
    }
  }

  private mutating func checkSwap(_ node: Node, _ facts: Facts) {
    if facts.contains(.swapped) {
      report("SwapNginx comes twice", fix: "keep one: a run switches once", at: node.location)
    } else if !facts.contains(.gated) {
      report(
        "SwapNginx comes before any health gate of the target",
        fix: "put Health() between Up(.target) and SwapNginx()", at: node.location)
    }
  }

  private mutating func checkReload(_ node: Node, _ facts: Facts) {
    if !facts.contains(.swapped) {
      report(
        "Reload without SwapNginx before it would change nothing",
        fix: "put SwapNginx() before it", at: node.location)
    } else if facts.contains(.reloaded) {
      report("Reload comes twice", fix: "keep one: a run switches once", at: node.location)
    }
  }

  private mutating func checkStop(_ step: Stop, _ node: Node, _ facts: Facts) {
    switch step.role {
    case .active:
      report(
        "Stop(.active) would stop what the proxy serves",
        fix: "stop the other colour with Stop(.previous) after Reload()", at: node.location)
    case .previous where !facts.contains(.reloaded):
      report(
        "Stop(.previous) comes before the switch, while the proxy still serves it",
        fix: "put it after SwapNginx() and Reload()", at: node.location)
    case .target where facts.contains(.swapped):
      report(
        "Stop(.target) comes after the switch, when the proxy serves it",
        fix: "stop the other colour with Stop(.previous)", at: node.location)
    case .previous, .target: break
    }
  }
}
