import DeployDSL
import DeployRunner
import Synchronization

/// Lets a run die, or be interrupted, in the middle of an operation that the engine goes on with.
struct CutOff: WrappingExecutor {
  private let mock: MockExecutor
  /// A text of the operation.
  let words: String
  /// Whether nothing of the run reaches the host any more: it was killed. An interrupted one undoes.
  let kills: Bool
  /// What the engine does by itself.
  let engine: @Sendable (inout SimulatedState) -> Void
  private let state = State()

  private final class State: Sendable {
    let run = Mutex<DeployRun?>(nil)
    let isDone = Mutex(false)
  }

  init(
    _ host: SimulatedHost, at words: String, kills: Bool = false,
    engine: @escaping @Sendable (inout SimulatedState) -> Void = { _ in }
  ) {
    (mock, self.words, self.kills, self.engine) = (.mock(host), words, kills, engine)
  }

  var base: any Executor { mock }

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    let wasDone = state.isDone.withLock { $0 }
    if wasDone, kills { throw CancellationError() }
    guard !wasDone, operation.request.description.contains(words) else {
      return try await base.perform(operation, output: output)
    }
    state.isDone.withLock { $0 = true }
    mock.host.change { engine(&$0) }
    state.run.withLock { $0 }?.cancel()
    throw CancellationError()
  }

  /// Runs a plan until it is cut off; how it says that it ended.
  func run(_ graph: StepGraph, _ folder: TemporaryFolder?) async -> RunReport {
    let options = RunOptions(stateFolder: folder.map { "\($0.path)/.bgrun" })
    // Its first operation waits for this, at the lock of the state.
    let run = state.run.withLock { kept in
      let run = Deployer(executor: self, options: options).start(graph) { _ in }
      kept = run
      return run
    }
    return await run.report()
  }
}
