import DeployDSL

/// Which node of a graph may run when: the run's decisions, without time and without tasks.
struct RunState: Sendable {
  /// One more time for the steps of a ``Retry``.
  struct Round: Hashable, Sendable {
    /// The scope whose steps are run again.
    var scope: Int
    /// Which time it is, from 2.
    var number: Int
    /// How many times there are at most.
    var count: Int
    /// The waiting time before it.
    var pause: Duration
  }

  private let nodes: [Node]
  private let scopes: [Scope]
  private var waiting: [Int]
  private let dependents: [[Int]]
  private var ready: [Int]
  private var isStopped = false
  private var answers: [Int: Bool] = [:]
  private var rounds: [Int: Int] = [:]
  private(set) var running = 0

  init(_ graph: StepGraph) {
    nodes = graph.nodes
    scopes = graph.scopes
    waiting = graph.nodes.map(\.dependencies.count)
    dependents = graph.dependents
    ready = graph.nodes.filter(\.dependencies.isEmpty).map(\.id)
  }

  /// The nodes to start now; they count as running from here on.
  mutating func start() -> [Int] {
    guard !isStopped else { return [] }
    defer { ready.removeAll(keepingCapacity: true) }
    running += ready.count
    return ready
  }

  /// A node has ended well, so that others may follow.
  mutating func succeeded(_ node: Int) {
    running -= 1
    for next in dependents[node] {
      waiting[next] -= 1
      if waiting[next] == 0 { ready.append(next) }
    }
  }

  /// A node has failed: nothing new is started any more.
  mutating func failed(_ node: Int) {
    running -= 1
    isStopped = true
  }
}

// MARK: Conditions

extension RunState {
  /// A condition has been decided; `nil` leaves it open, as a dry run does.
  mutating func decided(_ node: Int, _ answer: Bool?) { answers[node] = answer }

  /// The condition because of which a node is left out, if one is.
  func unmet(_ node: Int) -> Guard? {
    nodes[node].guards.first { item in answers[item.node].map { $0 != item.expects } ?? false }
  }

  /// The conditions of a node that are still open.
  func open(_ node: Int) -> [Guard] { nodes[node].guards.filter { answers[$0.node] == nil } }
}

// MARK: Further rounds

extension RunState {
  /// What follows if a node fails now: one more round of the innermost ``Retry`` that has one left.
  func furtherRound(after node: Int) -> Round? {
    for scope in nodes[node].scopes.reversed() {
      guard let retry = scopes[scope].retry else { continue }
      let next = (rounds[scope] ?? 1) + 1
      guard next <= retry.retries + 1 else { continue }
      return Round(
        scope: scope, number: next, count: retry.retries + 1,
        pause: retry.backoff.delay(before: next))
    }
    return nil
  }

  /// A node has failed, and the steps around it are run again from the first.
  ///
  /// - Returns: those steps; none if the run is ending.
  mutating func again(_ round: Round, after node: Int) -> Set<Int> {
    running -= 1
    guard !isStopped else { return [] }
    rounds[round.scope] = round.number
    let steps = nodes.filter { $0.scopes.contains(round.scope) }
    let ids = Set(steps.map(\.id))
    for step in steps {
      // What came before the first of them is done.
      waiting[step.id] = step.dependencies.count { ids.contains($0) }
      if waiting[step.id] == 0 { ready.append(step.id) }
      answers[step.id] = nil
      for inner in step.scopes.drop(while: { $0 != round.scope }).dropFirst() {
        rounds[inner] = nil
      }
    }
    return ids
  }
}
