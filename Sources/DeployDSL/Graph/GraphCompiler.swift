/// Lays a plan's steps out as nodes: composite steps are opened, policies are inherited, and what
/// follows waits for what came before.
struct GraphCompiler {
  /// What a step inherits from the steps around it.
  private struct Surroundings {
    var location: SourceLocation?
    var scopes: [Int] = []
    var name: String?
    var policies = Policies()
    var depth = 0
  }

  private let application: Application
  private var nodes: [Node] = []
  private var scopes: [Scope] = []
  private(set) var problems: [PlanDiagnostic] = []

  /// A body that contains itself is opened no deeper than this.
  private static let deepest = 64

  init(application: Application) { self.application = application }

  mutating func compile(_ plan: Deploy) -> StepGraph {
    _ = add(plan.steps, after: [], in: Surroundings())
    return StepGraph(
      application: application, timeout: plan.timeout, nodes: nodes, scopes: scopes)
  }

  /// Adds steps in order; returns the nodes that what follows waits for.
  private mutating func add(_ steps: Steps, after: [Int], in around: Surroundings) -> [Int] {
    steps.entries.reduce(after) { last, entry in
      add(entry.step, after: last, in: around, at: around.location ?? entry.location)
    }
  }

  private mutating func add(
    _ step: any Step, after: [Int], in around: Surroundings, at location: SourceLocation
  ) -> [Int] {
    switch step {
    case let modified as ModifiedStep:
      var inner = around
      inner.name = modified.name ?? around.name
      inner.policies = modified.policies.inheriting(around.policies)
      return add(modified.base, after: after, in: inner, at: location)
    case let primitive as any ActionStep:
      return [append(primitive.action, code: nil, after: after, in: around, at: location)]
    case let primitive as any PrimitiveStep:
      let action = Action.code(summary: primitive.summary)
      return [append(action, code: primitive, after: after, in: around, at: location)]
    default:
      return open(step, after: after, in: around, at: location)
    }
  }

  /// Opens a composite step: a scope around the nodes of its body.
  private mutating func open(
    _ step: any Step, after: [Int], in around: Surroundings, at location: SourceLocation
  ) -> [Int] {
    guard around.depth < Self.deepest else {
      problems.append(
        PlanDiagnostic(
          "the body of \(type(of: step)) contains itself",
          fix: "let a step's body end in primitive steps", at: location))
      return after
    }
    var inner = around
    inner.depth += 1
    inner.name = nil
    inner.policies.timeout = nil
    // A step of one's own is opened where it was used: its body may lie in another file.
    let isContainer = step is Group || step is Parallel
    inner.location = isContainer ? around.location : location
    scopes.append(
      Scope(name: around.name ?? Self.name(of: step), timeout: around.policies.timeout))
    if !(step is Parallel) || around.name != nil || around.policies.timeout != nil {
      inner.scopes.append(scopes.count - 1)
    } else {
      scopes.removeLast()
    }
    let body = step.body
    if body.entries.isEmpty {
      problems.append(
        PlanDiagnostic(
          "\(Self.name(of: step)) has no steps", fix: "put at least one step into it, or remove it",
          at: location))
    }
    guard step is Parallel else { return add(body, after: after, in: inner) }
    return addBranches(body, after: after, in: inner, at: location)
  }

  /// Adds branches side by side. Where several ends would meet several beginnings a join node
  /// keeps the number of edges small.
  private mutating func addBranches(
    _ branches: Steps, after: [Int], in around: Surroundings, at location: SourceLocation
  ) -> [Int] {
    var start = after
    if start.count > 1 {
      start = [append(.join, code: nil, after: after, in: around, at: location)]
    }
    return branches.entries.flatMap { entry in
      add(
        entry.step, after: start, in: around, at: around.location ?? entry.location)
    }
  }

  private mutating func append(
    _ action: Action, code: (any PrimitiveStep)?, after: [Int], in around: Surroundings,
    at location: SourceLocation
  ) -> Int {
    let id = nodes.count
    nodes.append(
      Node(
        id: id, name: around.name ?? action.title, isNamed: around.name != nil, action: action,
        policies: around.policies, dependencies: after, location: location,
        scopes: around.scopes, code: code))
    return id
  }

  private static func name(of step: any Step) -> String {
    (step as? Group)?.name ?? "\(type(of: step))"
  }
}

extension Policies {
  /// These policies, with what they leave open taken from outside.
  fileprivate func inheriting(_ outer: Policies) -> Policies {
    var copy = self
    copy.timeout = timeout ?? outer.timeout
    copy.attemptTimeout = attemptTimeout ?? outer.attemptTimeout
    if retries == 0 {
      copy.retries = outer.retries
      copy.backoff = outer.backoff
    }
    return copy
  }
}
