/// Lays a plan's steps out as nodes: composite steps are opened, policies are inherited, and what
/// follows waits for what came before.
struct GraphCompiler {
  /// What a step inherits from the steps around it.
  private struct Surroundings {
    var location: SourceLocation?
    var scopes: [Int] = []
    var name: String?
    var policies = Policies()
    var undo: Steps?
    var depth = 0
  }

  private let application: Application
  private var nodes: [Node] = []
  private var scopes: [Scope] = []
  private(set) var problems: [PlanDiagnostic] = []
  private var isEndless = false

  /// Steps of one's own may stand in each other's bodies this deep; deeper, one contains itself.
  private static let deepest = 64

  init(application: Application) { self.application = application }

  mutating func compile(_ plan: Deploy) -> StepGraph {
    _ = add(plan.steps, after: [], in: Surroundings())
    if plan.onFailure.isBlank { report([.noSteps("onFailure")], at: plan.location) }
    let onFailure = block(plan.onFailure)
    return StepGraph(
      application: application, location: plan.location, timeout: plan.timeout, nodes: nodes,
      scopes: scopes, onFailure: onFailure)
  }

  /// Steps that stand beside the graph and run in order: an undo, what follows a failure.
  private mutating func block(_ steps: Steps, at location: SourceLocation? = nil) -> [Node] {
    var compiler = GraphCompiler(application: application)
    _ = compiler.add(steps, after: [], in: Surroundings(location: location))
    problems += compiler.problems
    return compiler.nodes
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
      inner.undo = modified.undo
      report(modified.mistakes, at: location)
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
    let isContainer = step is Group || step is Parallel
    if around.undo != nil {
      report(
        [
          Mistake(
            "\(Self.title(of: step)) is made of steps, each with an undo of its own",
            fix: "put .undo on a step in it")
        ], at: location)
    }
    // Once a body was found to contain itself nothing more is opened: with two of it in each
    // body the tree would have 2^64 leaves.
    guard !isEndless, isContainer || around.depth < Self.deepest else {
      reportEndless(step, at: location)
      return after
    }
    var inner = around
    inner.name = nil
    inner.undo = nil
    inner.policies.timeout = nil
    if !isContainer {
      // A step of one's own is opened where it was used: its body may lie in another file.
      inner.location = location
      inner.depth += 1
    }
    if !(step is Parallel) || around.name != nil || around.policies.timeout != nil {
      inner.scopes.append(scopes.count)
      scopes.append(
        Scope(name: around.name ?? Self.title(of: step), timeout: around.policies.timeout))
    }
    let body = step.body
    check(step, body, at: location)
    guard step is Parallel else { return add(body, after: after, in: inner) }
    return addBranches(body, after: after, in: inner, at: location)
  }

  /// Adds branches side by side. Where several ends would meet several beginnings a join node
  /// keeps the number of edges small.
  private mutating func addBranches(
    _ branches: Steps, after: [Int], in around: Surroundings, at location: SourceLocation
  ) -> [Int] {
    var start = after
    if start.count > 1, branches.count > 1 {
      var plain = around
      plain.policies = Policies()
      start = [append(.join, code: nil, after: after, in: plain, at: location)]
    }
    let ends = branches.entries.flatMap { entry in
      let count = nodes.count
      let end = add(entry.step, after: start, in: around, at: around.location ?? entry.location)
      // A branch without a node, say of an `if` that is not taken, is no end to wait for.
      return nodes.count == count ? [] : end
    }
    return ends.isEmpty ? start : ends
  }

  private mutating func append(
    _ action: Action, code: (any PrimitiveStep)?, after: [Int], in around: Surroundings,
    at location: SourceLocation
  ) -> Int {
    let id = nodes.count
    let undo = around.undo.map { block($0, at: around.location) }
    nodes.append(
      Node(
        id: id, name: around.name ?? action.title, isNamed: around.name != nil, action: action,
        policies: around.policies, dependencies: after, location: location,
        scopes: around.scopes, undo: undo, code: code))
    return id
  }
}

// MARK: Problems

extension GraphCompiler {
  private mutating func report(_ mistakes: [Mistake], at location: SourceLocation) {
    problems += mistakes.map { PlanDiagnostic($0.problem, fix: $0.fix, at: location) }
  }

  private mutating func reportEndless(_ step: any Step, at location: SourceLocation) {
    guard !isEndless else { return }
    isEndless = true
    report(
      [
        Mistake(
          "the body of \(type(of: step)) contains itself",
          fix: "let a step's body end in primitive steps")
      ], at: location)
  }

  /// A block that is empty as it is written is a mistake; one that came out empty, say of a loop
  /// over nothing, is not.
  private mutating func check(_ step: any Step, _ body: Steps, at location: SourceLocation) {
    if let group = step as? Group, let mistake = Mistake.ofName(group.name) {
      report([mistake], at: location)
    }
    guard body.isBlank else { return }
    let group = (step as? Group).map { "the group \"\($0.name.escaped)\"" }
    report([.noSteps(group ?? Self.title(of: step))], at: location)
  }

  /// What a step is called where it has no name of its own.
  fileprivate static func title(of step: any Step) -> String {
    switch step {
    case let step as any ActionStep: step.action.title
    case let step as any PrimitiveStep: step.summary
    case let step as Group: step.name
    default: "\(type(of: step))"
    }
  }
}

extension ModifiedStep {
  /// What is wrong with the name and the numbers of the modifiers.
  fileprivate var mistakes: [Mistake] {
    let title = GraphCompiler.title(of: base).escaped
    var mistakes = [
      name.flatMap(Mistake.ofName),
      Mistake.unlessPositive(policies.timeout, "the timeout of \(title)"),
      Mistake.unlessPositive(policies.attemptTimeout, "the timeout per attempt of \(title)"),
    ]
    if let all = policies.timeout, let each = policies.attemptTimeout, each > all, all > .zero {
      mistakes.append(
        Mistake(
          "an attempt of \(title) may take \(each.forPeople), "
            + "longer than all of them together, \(all.forPeople)",
          fix: "make timeout(perAttempt:) the shorter one"))
    }
    if let retries = policies.retries {
      let what = "\(title) cannot be retried \(retries) times"
      mistakes.append(Mistake.ofRetries(retries, atLeast: 0, what))
    }
    if let backoff = policies.backoff {
      mistakes.append(Mistake.ifNegative(backoff.first, "the backoff of \(title)"))
      mistakes.append(Mistake.ifNegative(backoff.most, "the longest backoff of \(title)"))
      if backoff.first > backoff.most, backoff.most >= .zero {
        mistakes.append(
          Mistake(
            "the backoff of \(title) begins with \(backoff.first.forPeople), "
              + "more than its longest, \(backoff.most.forPeople)",
            fix: "give upTo: the larger time"))
      }
    }
    return mistakes.compactMap(\.self)
  }
}
