import DeployRunner
import Synchronization

/// The questions of a run on another host, which are asked here.
final class RemoteQuestions: Sendable {
  private struct Place: Hashable {
    var member: Int
    var node: Int?
  }

  private let run: RemoteRun
  private let terminal: Terminal?
  /// What a question begins with if several hosts ask.
  private let prefix: String
  /// The options that set the plan's parameters, for proposed commands.
  private let settings: String
  private let pending = Mutex<[Place: Task<Void, Never>]>([:])

  init(of run: RemoteRun, on terminal: Terminal?, prefix: String = "", settings: String) {
    (self.run, self.terminal, self.prefix, self.settings) = (run, terminal, prefix, settings)
  }

  /// Takes an event of the run: asks its question, or no longer does.
  ///
  /// - Returns: what to say if no one can be asked.
  func take(_ event: DeploymentGroup.MemberEvent, line: Int) -> String? {
    let place = Place(member: event.member, node: event.event.node)
    switch event.event.kind {
    case .asked(let question):
      guard let terminal else {
        return "someone must answer on a terminal: `bgrun follow PLAN\(settings)`"
      }
      let task = Task.detached { [run, prefix] in
        guard let isYes = try? await terminal.ask(prefix + question) else { return }
        run.tell(.answer(line: line, part: 0, .approved(isYes)))
      }
      pending.withLock { $0[place] = task }
    case .nodeFinished: pending.withLock { $0.removeValue(forKey: place) }?.cancel()
    default: break
    }
    return nil
  }

  /// Asks nothing more.
  func close() { for question in pending.withLock(\.values) { question.cancel() } }
}
