import DeployDSL
import DeployRunner
import Synchronization

/// Runs the commands of `Run(…, on: .controller)` here, where the user is.
///
/// Only commands of the plan here are run: the host names one of them, and cannot make one up.
final class ControllerEnd: Sendable {
  /// How long one who only follows leaves a command to the one who has started the run.
  private static let courtesy: Duration = .seconds(2)

  private struct Work: Sendable {
    var command: Command
    var task: Task<Void, Never>?
  }

  private let name: String
  private let commands: [Command]
  private let executor: any Executor
  private let tell: @Sendable (HostRequest) -> Void
  private let delay: Duration
  private let work = Mutex<[Int: Work]>([:])

  /// - Parameters:
  ///   - name: who this is, for messages: `ann@laptop`.
  ///   - commands: those of the plan.
  ///   - executor: runs them.
  ///   - hasStarted: whether the run was started from here.
  ///   - tell: tells the run's process something.
  init(
    name: String, _ commands: [Command], by executor: any Executor, hasStarted: Bool,
    tell: @escaping @Sendable (HostRequest) -> Void
  ) {
    // Who it is among several of the same name.
    self.name = "\(name) (pid \(getpid()))"
    (self.commands, self.executor, self.tell) = (commands, executor, tell)
    delay = hasStarted ? .zero : Self.courtesy
  }

  convenience init(
    of run: RemoteRun, _ name: String, _ graphs: [StepGraph], in folder: String, hasStarted: Bool
  ) {
    self.init(
      name: name, graphs.flatMap(\.controllerCommands), by: .docker(project: folder),
      hasStarted: hasStarted
    ) { run.tell($0) }
  }

  /// Takes a record of the run.
  ///
  /// - Returns: what the user must know.
  func take(_ record: RunRecord, line: Int) -> String? {
    switch record {
    case .wanted(let wanted):
      guard let command = wanted.found(among: commands) else {
        return "the run waits for a command that the plan here does not have; follow it with the "
          + "plan, and the --set, with which it was started"
      }
      offer(command, line)
    case .granted(let line, to: let name):
      work.withLock { work in
        work[line]?.task?.cancel()
        if name == self.name, let command = work[line]?.command {
          work[line]?.task = Task.detached { [self] in await run(command, line) }
        } else {
          work[line] = nil
        }
      }
    case .withdrawn(let line): work.withLock { $0.removeValue(forKey: line) }?.task?.cancel()
    case .ended: end()
    case .began, .event, .interrupted: break
    }
    return nil
  }

  /// Ends what still runs here.
  func end() {
    work.withLock { work in
      for item in work.values { item.task?.cancel() }
      work = [:]
    }
  }

  private func offer(_ command: Command, _ line: Int) {
    let task = Task.detached { [self] in
      // An old line is followed at once by what became of it.
      guard (try? await Task.sleep(for: delay)) != nil else { return }
      tell(.offer(line: line, by: name))
    }
    work.withLock { $0[line] = Work(command: command, task: task) }
  }

  private func run(_ command: Command, _ line: Int) async {
    let part = Mutex(0)
    @Sendable func answer(_ answer: Answer) {
      part.withLock { part in
        tell(.answer(line: line, part: part, answer))
        part += 1
      }
    }
    do {
      let command = try await Secrets.revealed(command, by: executor)
      // The run's process knows when it takes too long.
      let operation = HostOperation(
        .command(command), effect: .change, timeout: .seconds(24 * 3600))
      let result = try await executor.perform(operation) { piece in
        answer(
          .printed(
            piece.text, isError: piece.stream == .errors, isContinued: piece.isContinued))
      }
      answer(.ended(status: result.printed?.status ?? 0))
    } catch is CancellationError {
    } catch {
      answer(.failed("\(error)"))
    }
  }
}
