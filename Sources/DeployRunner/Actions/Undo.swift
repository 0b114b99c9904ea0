import DeployDSL
import Synchronization

/// What takes an action back, as data.
enum Undo: Sendable {
  /// Stop a service that this run started; `before` is what there was.
  case stopStarted(service: String, before: Container?)
  /// Put the site file's old bytes back, and reload if the new ones had been loaded.
  case restoreSite(color: Color, bytes: [UInt8])
  /// Call the step's own undo.
  case code(node: Node, step: any UndoableStep)

  /// What is done, for people.
  var summary: String {
    switch self {
    case .stopStarted(let service, _): "stop \(service)"
    case .restoreSite(let color, _): "switch back to \(color)"
    case .code(let node, _): "undo \(node.name)"
    }
  }
}

/// The undos of a run, in the order in which they were declared: always before the change itself,
/// so that a change that is cut off half-way is taken back too.
final class UndoLog: Sendable {
  private let undos = Mutex<[Undo]>([])

  func declare(_ undo: Undo) { undos.withLock { $0.append(undo) } }

  /// What there is to take back, last first.
  var inReverse: [Undo] { undos.withLock { $0.reversed() } }
}
