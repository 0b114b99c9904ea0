package import DeployDSL

/// The state that a journal's records add up to: what was started, what is done, what to undo.
package struct JournalState: Hashable, Sendable {
  /// A change, declared before it was made.
  package struct Declared: Hashable, Sendable {
    package var id: Int
    package var node: Int?
    package var undo: JournalUndo
  }

  /// A container that was kept running for requests from before the switch.
  package struct Kept: Hashable, Sendable {
    package var service: String
    package var container: ContainerLife
    package var since: Timestamp
  }

  /// An operation that was started; its result is unknown.
  package struct Operation: Hashable, Sendable {
    package var node: Int?
    package var text: String
  }

  /// Who ran what, and why; `nil` if the run never started.
  package private(set) var header: JournalHeader?
  /// The nodes that were started and have not ended.
  package private(set) var begun: [Int] = []
  /// How nodes ended, by ID; the last time counts.
  package private(set) var ended: [Int: NodeReport.Status] = [:]
  /// The answers of conditions, by node ID.
  package private(set) var answers: [Int: Bool] = [:]
  /// The operations that were started and have not ended.
  package private(set) var pending: [Operation] = []
  /// The nodes that had started to change something and have not ended, across resumes.
  package private(set) var attempted: Set<Int> = []
  /// The colour that was active when the run started.
  package private(set) var active: Color?
  package private(set) var phase = CutoverPhase.untouched
  package private(set) var oldWorkers: [Int] = []
  /// Whether stopping the previous colour was announced.
  package private(set) var isCommitted = false
  /// The containers that were asked to stop, and when they will be killed.
  package private(set) var stopping: [ContainerLife: Timestamp] = [:]
  /// The containers that were kept running for requests from before the switch.
  package private(set) var kept: [Kept] = []
  /// All declared changes, in order.
  package private(set) var declared: [Declared] = []
  /// The IDs of the undone changes.
  package private(set) var undone: Set<Int> = []
  /// Why undos failed, by ID.
  package private(set) var undoFailures: [Int: String] = [:]
  /// Whether the rollback had started: then the run cannot be resumed.
  package private(set) var isUndoing = false
  package private(set) var end: JournalEnd?
  /// How an interrupted run ended; `nil` if it died, or has been resumed.
  package private(set) var left: JournalEnd?
  /// How an interrupted run was resolved.
  package private(set) var resolution: String?

  package init(_ records: [JournalRecord] = []) {
    for record in records { apply(record.entry) }
  }

  /// Whether the run is interrupted: it started and neither finished nor was resolved.
  package var isInterrupted: Bool { header != nil && end == nil && resolution == nil }

  /// The nodes that are complete.
  package var done: Set<Int> {
    Set(ended.filter { [.succeeded, .skipped, .passedOver].contains($0.value) }.keys)
  }

  /// The changes still to undo, last first.
  package var toUndo: [Declared] { declared.reversed().filter { !undone.contains($0.id) } }

  /// The failed nodes; without any, the cancelled ones.
  var stopped: [Int] {
    let failed = ended.filter { $0.value == .failed }
    return (failed.isEmpty ? ended.filter { $0.value == .cancelled } : failed).keys.sorted()
  }

  /// Whether the host may have been changed.
  package var hasChanged: Bool { !declared.isEmpty || !pending.isEmpty || phase != .untouched }

  /// Applies one more record.
  package mutating func apply(_ entry: JournalEntry) {
    switch entry {
    case .runStarted(let header): self.header = header
    case .runResumed: resume()
    case .nodeStarted(let node, _):
      begun.append(node)
      ended[node] = nil
    case .nodeFinished(let node, let status, _, _, _, let answer):
      begun.removeAll { $0 == node }
      attempted.remove(node)
      ended[node] = status
      answers[node] = answer
    case .operationStarted(let node, let text):
      pending.append(Operation(node: node, text: text))
      if let node { attempted.insert(node) }
    case .operationFinished(let node, let text, _, _): finish(Operation(node: node, text: text))
    case .active(let color): active = color
    case .phase(let phase): self.phase = phase
    case .oldWorkers(let pids): oldWorkers = pids
    case .committed: isCommitted = true
    case .stopping(let container, let time): stopping[container] = time
    case .kept(let service, let container, let since):
      kept.append(Kept(service: service, container: container, since: since))
    case .undoDeclared(let id, let node, let undo):
      declared.append(Declared(id: id, node: node, undo: undo))
    case .undoStarted: isUndoing = true
    case .undoFinished(let id, let failure): undoFinished(id, failure)
    case .runFinished(let end): self.end = end
    case .runLeft(let end): left = end
    case .resolved(_, _, let how): resolution = how
    }
  }

  /// Nodes of a dead process do not continue; the resuming process has dealt with its operations.
  private mutating func resume() {
    begun = []
    pending = []
    left = nil
  }

  private mutating func finish(_ operation: Operation) {
    guard let index = pending.firstIndex(of: operation) else { return }
    pending.remove(at: index)
  }

  private mutating func undoFinished(_ id: Int, _ failure: String?) {
    undoFailures[id] = failure
    if failure == nil { undone.insert(id) } else { undone.remove(id) }
  }
}
