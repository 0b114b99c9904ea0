import DeployDSL

/// Which node of a graph may run when: the run's decisions, without time and without tasks.
struct RunState: Sendable {
  /// One more round of the steps of a ``Retry``.
  struct Round: Hashable, Sendable {
    /// The scope whose steps are repeated.
    var scope: Int
    /// The number of the round, from 2.
    var number: Int
    /// The maximum number of rounds.
    var count: Int
    /// The delay before it.
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

  /// A node has succeeded, so that others may follow.
  mutating func succeeded(_ node: Int) {
    running -= 1
    for next in dependents[node] {
      waiting[next] -= 1
      if waiting[next] == 0 { ready.append(next) }
    }
  }

  /// A node has failed: nothing new is started.
  mutating func failed() {
    running -= 1
    isStopped = true
  }
}

// MARK: Conditions

extension RunState {
  /// A condition has been evaluated; `nil` leaves it open, as in a dry run.
  mutating func decided(_ node: Int, _ answer: Bool?) { answers[node] = answer }

  /// The condition that excludes a node, if any.
  func unmet(_ node: Int) -> Guard? {
    nodes[node].guards.first { item in answers[item.node].map { $0 != item.expects } ?? false }
  }

  /// The conditions of a node that are still open.
  func open(_ node: Int) -> [Guard] { nodes[node].guards.filter { answers[$0.node] == nil } }
}

// MARK: Further rounds

extension RunState {
  /// What happens if a node fails now: one more round of the innermost ``Retry`` with rounds left.
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

  /// A node has failed, and the enclosing steps are repeated from the first.
  ///
  /// - Returns: Those steps; empty if the run is ending.
  mutating func again(_ round: Round) -> Set<Int> {
    running -= 1
    guard !isStopped else { return [] }
    rounds[round.scope] = round.number
    let steps = nodes.filter { $0.scopes.contains(round.scope) }
    let ids = Set(steps.map(\.id))
    for step in steps {
      // What precedes the first of them is complete.
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
