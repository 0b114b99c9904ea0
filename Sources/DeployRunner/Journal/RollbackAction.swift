import DeployDSL
import Synchronization

/// The undo of an action, as data.
enum RollbackAction: Sendable {
  /// Stop a service that this run started; `before` are its previous containers.
  case stopStarted(service: ServiceID, before: ContainerLives?)
  /// Restore the site file's old bytes, and reload if the new ones were loaded.
  case restoreSite(color: Color, bytes: [UInt8], method: FileWrite.Method)
  /// Restore a text in a file.
  case restoreText(TextChange)
  /// Restore a file.
  case restoreFile(FileChange)
  /// Call the step's own undo.
  case code(node: Node, step: any UndoableStep)
  /// Run the undo steps that the plan specifies, in order.
  case steps(node: Node)

  /// A description for messages.
  var summary: String { inJournal.summary }

  /// Whether both undo the same node: a further attempt needs no second undo.
  fileprivate func isSameCode(as other: RollbackAction) -> Bool {
    switch (self, other) {
    case (.code(let one, _), .code(let two, _)), (.steps(let one), .steps(let two)):
      one.id == two.id
    default: false
    }
  }
}

/// The undos of a run, in the order of declaration: always before the change itself, so that an
/// interrupted change is undone too.
final class RollbackLog: Sendable {
  /// An undo and its ID in the journal.
  struct Entry: Sendable {
    var id: Int
    var undo: RollbackAction
  }

  private let entries = Mutex<[Entry]>([])
  private let runStore: RunStore

  init(_ runStore: RunStore) { self.runStore = runStore }

  /// Declares the undo of a change.
  ///
  /// - Throws: ``DeployError`` if it cannot be recorded; then the change must not be made.
  func declare(_ undo: RollbackAction, node: Int?) async throws(DeployError) {
    if entries.withLock({ $0.contains { $0.undo.isSameCode(as: undo) } }) { return }
    let id = try await runStore.declare(undo.inJournal, node: node)
    entries.withLock { $0.append(Entry(id: id, undo: undo)) }
  }

  /// Adds the undos that an earlier run declared.
  func inherit(_ undos: [(id: Int, undo: RollbackAction)]) {
    entries.withLock { $0 += undos.map { Entry(id: $0.id, undo: $0.undo) } }
  }

  /// The undos to perform, last first.
  var inReverse: [Entry] { entries.withLock { $0.reversed() } }
}
