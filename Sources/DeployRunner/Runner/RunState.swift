import DeployDSL

/// Which node of a graph may run when: the run's decisions, without time and without tasks.
struct RunState: Sendable {
  private var waiting: [Int]
  private let dependents: [[Int]]
  private var ready: [Int]
  private var isStopped = false
  private(set) var running = 0

  init(_ graph: StepGraph) {
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
