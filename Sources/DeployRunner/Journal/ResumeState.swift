import DeployDSL

/// What a resuming run knows from the journal of the interrupted one.
struct ResumeState: Sendable {
  let state: JournalState
  /// Nodes that are complete, but set a value that another node still needs.
  private let repeated: Set<Int>
  /// Lost values: the reader, the key, and the writer, which must not run again.
  let lost: [(reader: Node, key: String, writer: Node)]

  init(state: JournalState, graph: StepGraph) {
    self.state = state
    var readers: [Keys.ID: Node] = [:]
    var repeated: Set<Int> = []
    var lost: [(reader: Node, key: String, writer: Node)] = []
    let again = Self.interruptedRounds(state, graph)
    for node in graph.nodes.reversed() {
      if again.contains(node.id) { repeated.insert(node.id) }
      var isLeft = !Self.isDone(node, state) || again.contains(node.id)
      let wanted = isLeft ? nil : node.writes.first { readers[$0] != nil }
      if let wanted, let reader = readers[wanted] {
        if node.code?.isRepeatable == true {
          repeated.insert(node.id)
          isLeft = true
        } else {
          lost.append((reader, wanted.name, node))
        }
      }
      if isLeft { for key in node.reads { readers[key] = node } }
    }
    self.repeated = repeated
    self.lost = lost.reversed()
  }

  /// The phase that the earlier run may have reached. Once the site file was written, the proxy may
  /// have loaded it since, after a restart for example.
  var phase: CutoverPhase { state.phase == .written ? .reloading : state.phase }

  /// Whether a node of the earlier run counts as complete.
  ///
  /// Once the new configuration is proved, everything complete stays so. Before that, only steps
  /// that must not run twice do: the rest is checked again, because the host may have changed.
  func isDone(_ node: Node) -> Bool {
    Self.isDone(node, state) && !repeated.contains(node.id)
  }

  private static func isDone(_ node: Node, _ state: JournalState) -> Bool {
    guard state.done.contains(node.id) else { return false }
    // Dependent steps may have started: only the same answer fits.
    if node.condition != nil { return state.answers[node.id] != nil }
    let traits = node.step.traits
    return traits.contains(.keptOnResume)
      || (state.phase == .proved && !traits.contains(.onlyLooks))
  }

  /// The nodes of every ``Retry`` that was about to repeat its steps.
  private static func interruptedRounds(_ state: JournalState, _ graph: StepGraph) -> Set<Int> {
    let scopes = graph.nodes.filter { state.ended[$0.id] == .retried }.compactMap { node in
      node.scopes.first { graph.scopes[$0].retry != nil }
    }
    guard !scopes.isEmpty else { return [] }
    return Set(graph.nodes.filter { !Set($0.scopes).isDisjoint(with: scopes) }.map(\.id))
  }

  /// Services whose start was interrupted: the engine may still be starting them.
  var starting: Set<ServiceID> {
    Set(
      state.toUndo.compactMap { declared in
        guard case .stopStarted(let service, _) = declared.undo,
          declared.node.map({ !state.done.contains($0) }) ?? true
        else { return nil }
        return service
      })
  }

  /// The undos that the earlier run declared, in order, with their IDs.
  func undos(in graph: StepGraph) -> [(id: Int, undo: RollbackAction)] {
    state.toUndo.reversed().compactMap { declared in
      RollbackAction(declared.undo, in: graph).map { (declared.id, $0) }
    }
  }
}

extension ResumeState {
  /// The undos that are no longer in the plan.
  func lostUndos(in graph: StepGraph) -> [JournalUndo] {
    state.toUndo.map(\.undo).filter { RollbackAction($0, in: graph) == nil }
  }
}

extension RollbackAction {
  /// The undo in the journal's form.
  var inJournal: JournalUndo {
    switch self {
    case .stopStarted(let service, let before): .stopStarted(service: service, before: before)
    case .restoreSite(let color, let bytes, let method):
      .restoreSite(color: color, bytes: JournalBytes(bytes), method: method)
    case .restoreText(let change): .restoreText(change)
    case .restoreFile(let change): .restoreFile(change)
    case .code(let node, _): .code(node: node.id, name: node.name)
    case .steps(let node): .steps(node: node.id, name: node.name)
    }
  }

  /// An undo from a journal; `nil` if the plan no longer contains the code of its step.
  init?(_ undo: JournalUndo, in graph: StepGraph) {
    switch undo {
    case .stopStarted(let service, let before):
      self = .stopStarted(service: service, before: before)
    case .restoreSite(let color, let bytes, let method):
      self = .restoreSite(color: color, bytes: bytes.bytes, method: method)
    case .restoreText(let change): self = .restoreText(change)
    case .restoreFile(let change): self = .restoreFile(change)
    case .code(let id, let name):
      guard graph.nodes.indices.contains(id), graph.nodes[id].name == name,
        let step = graph.nodes[id].code as? any UndoableStep
      else { return nil }
      self = .code(node: graph.nodes[id], step: step)
    case .steps(let id, let name):
      guard graph.nodes.indices.contains(id), graph.nodes[id].name == name,
        graph.nodes[id].undo != nil
      else { return nil }
      self = .steps(node: graph.nodes[id])
    }
  }
}
