import DeployDSL
import Synchronization

/// The undo of an action, as data.
enum RollbackAction: Sendable {
  /// Stop a service that this run started; `before` is what there was.
  case stopStarted(service: String, before: ContainerLife?)
  /// Put the site file's old bytes back, and reload if the new ones had been loaded.
  case restoreSite(color: Color, bytes: [UInt8], method: FileWrite.Method)
  /// Put a text of a file back.
  case restoreText(TextChange)
  /// Call the step's own undo.
  case code(node: Node, step: any UndoableStep)
  /// Run the steps that the plan says, in order.
  case steps(node: Node)

  /// What is done, for people.
  var summary: String {
    switch self {
    case .stopStarted(let service, _): "stop \(service)"
    case .restoreSite(let color, _, _): "switch back to \(color)"
    case .restoreText(let change): change.summary
    case .code(let node, _), .steps(let node): "undo \(node.name)"
    }
  }

  /// Whether it is the same node's: a further attempt needs no second undo.
  fileprivate func isSameCode(as other: RollbackAction) -> Bool {
    switch (self, other) {
    case (.code(let one, _), .code(let two, _)), (.steps(let one), .steps(let two)):
      one.id == two.id
    default: false
    }
  }
}

/// The undos of a run, in the order in which they were declared: always before the change itself,
/// so that a change that is interrupted half-way is undone too.
final class RollbackLog: Sendable {
  /// An undo and its number in the journal.
  struct Entry: Sendable {
    var id: Int
    var undo: RollbackAction
  }

  private let entries = Mutex<[Entry]>([])
  private let runStore: RunStore

  init(_ runStore: RunStore) { self.runStore = runStore }

  /// Declares the undo of a change.
  ///
  /// - Throws: a failure if that cannot be recorded; the change must not be made then.
  func declare(_ undo: RollbackAction, node: Int?) async throws(DeployError) {
    if entries.withLock({ $0.contains { $0.undo.isSameCode(as: undo) } }) { return }
    let id = try await runStore.declare(undo.inJournal, node: node)
    entries.withLock { $0.append(Entry(id: id, undo: undo)) }
  }

  /// Takes over what an earlier run had declared.
  func inherit(_ undos: [(id: Int, undo: RollbackAction)]) {
    entries.withLock { $0 += undos.map { Entry(id: $0.id, undo: $0.undo) } }
  }

  /// What there is to undo, last first.
  var inReverse: [Entry] { entries.withLock { $0.reversed() } }
}
