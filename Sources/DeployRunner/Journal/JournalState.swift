package import DeployDSL

/// What a journal's records amount to: what was begun, what was done, what is to be undone.
package struct JournalState: Hashable, Sendable {
  /// A change that was declared before it was made.
  package struct Declared: Hashable, Sendable {
    package var id: Int
    package var node: Int?
    package var undo: JournalUndo
  }

  /// An operation that had begun; whether it was carried out is not known.
  package struct Operation: Hashable, Sendable {
    package var node: Int?
    package var text: String
  }

  /// Who ran what, and why; `nil` if the run never started.
  package private(set) var header: JournalHeader?
  /// The nodes that had begun and not ended.
  package private(set) var begun: [Int] = []
  /// How nodes ended, by number; the last time counts.
  package private(set) var ended: [Int: NodeReport.Status] = [:]
  /// What conditions had been decided to, by number.
  package private(set) var answers: [Int: Bool] = [:]
  /// Operations that had begun and not ended.
  package private(set) var pending: [Operation] = []
  /// The nodes that had begun to change something and have not ended, whichever process has resumed
  /// the run since.
  package private(set) var attempted: Set<Int> = []
  /// The colour that served when the run began.
  package private(set) var active: Color?
  package private(set) var phase = CutoverPhase.untouched
  package private(set) var oldWorkers: [Int] = []
  /// Whether the previous colour was about to be stopped, or had been.
  package private(set) var isCommitted = false
  /// The containers that were asked to end, and when they are killed.
  package private(set) var stopping: [ContainerLife: Timestamp] = [:]
  /// Every change that was declared, in order.
  package private(set) var declared: [Declared] = []
  /// The changes that were undone, by number.
  package private(set) var undone: Set<Int> = []
  /// Why an undo failed, by number.
  package private(set) var undoFailures: [Int: String] = [:]
  /// Whether the rollback had begun: then the run cannot be resumed.
  package private(set) var isUndoing = false
  package private(set) var end: JournalEnd?
  /// How a run stopped that stays interrupted; `nil` if it died, or continues.
  package private(set) var left: JournalEnd?
  /// How an interrupted run was resolved.
  package private(set) var resolution: String?

  package init(_ records: [JournalRecord] = []) {
    for record in records { apply(record.entry) }
  }

  /// Whether the run is interrupted: it began, and died or was left.
  package var isInterrupted: Bool { header != nil && end == nil && resolution == nil }

  /// The nodes that are done.
  package var done: Set<Int> {
    Set(ended.filter { [.succeeded, .skipped, .passedOver].contains($0.value) }.keys)
  }

  /// What is still to be undone, last first.
  package var toUndo: [Declared] { declared.reversed().filter { !undone.contains($0.id) } }

  /// The nodes that failed or, if none did, were ended because the run was.
  var stopped: [Int] {
    let failed = ended.filter { $0.value == .failed }
    return (failed.isEmpty ? ended.filter { $0.value == .cancelled } : failed).keys.sorted()
  }

  /// Whether anything may have been changed.
  package var hasChanged: Bool { !declared.isEmpty || !pending.isEmpty || phase != .untouched }

  /// Takes one more record into account.
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
    case .undoDeclared(let id, let node, let undo):
      declared.append(Declared(id: id, node: node, undo: undo))
    case .undoStarted: isUndoing = true
    case .undoFinished(let id, let failure): undoFinished(id, failure)
    case .runFinished(let end): self.end = end
    case .runLeft(let end): left = end
    case .resolved(_, _, let how): resolution = how
    }
  }

  /// The nodes of a process that has ended do not continue; the process that resumes has dealt with
  /// its operations.
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
