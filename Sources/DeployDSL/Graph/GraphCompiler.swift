/// Compiles a plan's steps to nodes: expands composite steps, inherits policies and makes each step
/// wait for the previous one.
struct GraphCompiler {
  /// The values that a step inherits from the enclosing steps.
  struct Surroundings {
    var location: SourceLocation?
    var scopes: [Int] = []
    var guards: [Guard] = []
    var name: String?
    var policies = Policies()
    /// The failure policy of the step's own modifier.
    var ownOnFailure: FailurePolicy?
    var undo: Steps?
    /// Whether the steps must be in sequence to be repeatable after a failure.
    var isInRetry = false
    var depth = 0

    /// The same context for hooks, without the settings of the step itself.
    var plain: Surroundings {
      var copy = self
      copy.name = nil
      copy.undo = nil
      copy.ownOnFailure = nil
      return copy
    }
  }

  private let application: Application
  private(set) var nodes: [Node] = []
  private var scopes: [Scope] = []
  var problems: [PlanDiagnostic] = []
  var isEndless = false

  /// The maximum nesting of composite steps; a deeper step contains itself.
  private static let deepest = 64

  init(application: Application) { self.application = application }

  mutating func compile(_ plan: Deploy) -> StepGraph {
    _ = add(plan.steps, after: [], in: Surroundings())
    if plan.onFailure.isBlank { report([.noSteps("onFailure")], at: plan.location) }
    let onFailure = block(plan.onFailure)
    return StepGraph(
      application: application, location: plan.location, timeout: plan.timeout,
      receipt: plan.receipt, nodes: nodes, scopes: scopes, onFailure: onFailure)
  }

  /// Steps outside the graph that run in order: an undo, or `onFailure`.
  private mutating func block(_ steps: Steps, at location: SourceLocation? = nil) -> [Node] {
    var compiler = GraphCompiler(application: application)
    _ = compiler.add(steps, after: [], in: Surroundings(location: location))
    problems += compiler.problems
    if let first = compiler.nodes.first {
      let scopes = compiler.scopes
      let issues = [
        scopes.contains { $0.retry != nil } ? ValidationIssue.retryBeside : nil,
        scopes.contains { $0.timeout != nil } ? ValidationIssue.deadlineBeside : nil,
      ]
      report(issues.compactMap(\.self), at: location ?? first.location)
    }
    return compiler.nodes.map { node in
      var node = node
      // Scopes belong to the graph, and these nodes do not.
      node.scopes = []
      return node
    }
  }

  /// Adds steps in order; returns the nodes that the next step waits for.
  mutating func add(_ steps: Steps, after: [Int], in around: Surroundings) -> [Int] {
    steps.entries.reduce(after) { last, entry in
      add(entry.step, after: last, in: around, at: around.location ?? entry.location)
    }
  }

  mutating func add(
    _ step: any Step, after: [Int], in around: Surroundings, at location: SourceLocation
  ) -> [Int] {
    if let modified = step as? ModifiedStep {
      var inner = around
      inner.name = modified.name ?? around.name
      inner.policies = modified.policies.inheriting(around.policies)
      inner.undo = modified.undo
      inner.ownOnFailure = modified.policies.onFailure
      report(modified.issues, at: location)
      let begin = add(modified.before, after: after, in: around.plain)
      let end = add(modified.base, after: begin, in: inner, at: location)
      return add(modified.after, after: end, in: around.plain)
    }
    let body = step.body
    switch body.leaf {
    case .step(let step): return [append(step, after: after, in: around, at: location)]
    case .code(let code):
      let point = GraphPoint.code(summary: code.summary)
      return [append(point, after: after, in: around, at: location) { $0.code = code }]
    case nil: return open(step, body, after: after, in: around, at: location)
    }
  }

  /// Expands a composite step to a scope around the nodes of its body.
  private mutating func open(
    _ step: any Step, _ body: Steps, after: [Int], in around: Surroundings,
    at location: SourceLocation
  ) -> [Int] {
    let isContainer = step.isContainer
    if around.undo != nil {
      report(
        [
          ValidationIssue(
            "\(Self.title(of: step)) is made of steps, each with an undo of its own",
            fix: "put .undo on a step in it")
        ], at: location)
    }
    // Stop expanding once a body contains itself: with two occurrences in each body the tree would
    // have 2^64 leaves.
    guard !isEndless, isContainer || around.depth < Self.deepest else {
      reportEndless(step, at: location)
      return after
    }
    var inner = around.plain
    inner.policies.timeout = nil
    if !isContainer {
      // Report a custom step where it is used: its body may be in another file.
      inner.location = location
      inner.depth += 1
      if step is any PrimitiveStep { report([.codeAndBody(step)], at: location) }
    }
    if !step.isTransparent || around.name != nil || around.policies.timeout != nil {
      enter(step.scope(around), of: &inner)
    }
    check(step, body, at: location)
    switch step {
    case let step as Parallel:
      if around.isInRetry { report([.parallelInRetry], at: location) }
      return addBranches(body, limit: step.limit, after: after, in: inner, at: location)
    case let step as When:
      return addChoice(step, after: after, in: inner, at: location)
    case is Retry: inner.isInRetry = true
    default: break
    }
    return add(body, after: after, in: inner)
  }

  /// Adds a scope around the following nodes.
  mutating func enter(_ scope: Scope, of around: inout Surroundings) {
    around.scopes.append(scopes.count)
    scopes.append(scope)
  }

  mutating func append(
    _ step: any BuiltInStep, after: [Int], in around: Surroundings, at location: SourceLocation,
    _ change: (inout Node) -> Void = { _ in }
  ) -> Int {
    let undo = around.undo.map { block($0, at: around.location) }
    var node = Node(
      id: nodes.count, name: around.name ?? step.title, isNamed: around.name != nil,
      step: step, policies: around.policies, dependencies: after, location: location,
      scopes: around.scopes, undo: undo, guards: around.guards)
    // Regardless of the enclosing group.
    if step.has(.failureWarns) { node.policies.onFailure = around.ownOnFailure ?? .continue }
    change(&node)
    nodes.append(node)
    return node.id
  }
}

extension Step {
  /// Whether it is a composite step of the library, whose steps keep their own locations.
  fileprivate var isContainer: Bool {
    switch self {
    case is Group, is Parallel, is Retry, is When: true
    default: false
    }
  }

  /// Whether it needs no scope.
  fileprivate var isTransparent: Bool { self is Parallel || self is When }

  /// The scope around its steps.
  fileprivate func scope(_ around: GraphCompiler.Surroundings) -> Scope {
    var scope = Scope(
      name: around.name ?? GraphCompiler.title(of: self), timeout: around.policies.timeout)
    if let step = self as? Retry {
      scope.retry = Scope.Retry(retries: step.retries, backoff: step.backoff)
    }
    return scope
  }
}
