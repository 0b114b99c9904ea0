import DeployDSL

/// What a run that takes up an earlier one knows from its journal.
struct Resumption: Sendable {
  let state: JournalState

  /// How far the earlier run's switch may have come. Once the site file had been written somebody
  /// else may have made the proxy load it since, by a restart for example.
  var phase: SwitchPhase { state.phase == .written ? .reloading : state.phase }

  /// Whether a node of the earlier run counts as done.
  ///
  /// Once the new configuration was proved all that was done stays done. Before that only what must
  /// not happen twice does: the rest is looked at again, for the world may have changed.
  func isDone(_ node: Node) -> Bool {
    guard state.done.contains(node.id) else { return false }
    switch node.action {
    case .detectActive: return false
    case .pull, .build, .run, .exec, .wait, .print, .code, .join: return true
    case .up, .start, .health, .swapNginx, .reload, .drain, .watch, .stop, .prune:
      return state.phase == .proved
    }
  }

  /// Services whose start was cut off: the engine may still be carrying it out.
  var starting: Set<String> {
    Set(
      state.toUndo.compactMap { declared in
        guard case .stopStarted(let service, _) = declared.undo,
          declared.node.map({ !state.done.contains($0) }) ?? true
        else { return nil }
        return service
      })
  }

  /// The undos that the earlier run had declared, in order, with their numbers.
  func undos(in graph: StepGraph) -> [(id: Int, undo: Undo)] {
    state.toUndo.reversed().compactMap { declared in
      Undo(declared.undo, in: graph).map { (declared.id, $0) }
    }
  }
}

extension Resumption {
  /// The undos that the plan does not have any more.
  func lostUndos(in graph: StepGraph) -> [JournalUndo] {
    state.toUndo.map(\.undo).filter { Undo($0, in: graph) == nil }
  }
}

extension Undo {
  /// The undo as a journal keeps it.
  var inJournal: JournalUndo {
    switch self {
    case .stopStarted(let service, let before): .stopStarted(service: service, before: before)
    case .restoreSite(let color, let bytes, let method):
      .restoreSite(color: color, bytes: JournalBytes(bytes), method: method)
    case .code(let node, _): .code(node: node.id, name: node.name)
    case .steps(let node): .steps(node: node.id, name: node.name)
    }
  }

  /// An undo from a journal; `nil` if its step's code is not in the plan any more.
  init?(_ undo: JournalUndo, in graph: StepGraph) {
    switch undo {
    case .stopStarted(let service, let before):
      self = .stopStarted(service: service, before: before)
    case .restoreSite(let color, let bytes, let method):
      self = .restoreSite(color: color, bytes: bytes.bytes, method: method)
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
