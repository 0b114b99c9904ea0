import Synchronization

/// Cancels a run as one of its operations begins, once.
package final class Interrupter: Sendable {
  private struct State {
    var run: DeployRun?
    var waiting: CheckedContinuation<DeployRun, Never>?
    var isDone = false
  }

  private let isMeant: @Sendable (OperationRun) -> Bool
  private let state = Mutex(State())

  /// Cancels at the first operation that is meant.
  init(_ isMeant: @escaping @Sendable (OperationRun) -> Bool) { self.isMeant = isMeant }

  /// Makes the run known, which may have begun already.
  func watch(_ run: DeployRun) {
    let waiting = state.withLock { state in
      state.run = run
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: run)
  }

  func look(at operation: OperationRun) async {
    guard isMeant(operation) else { return }
    let isFirst = state.withLock { state in
      defer { state.isDone = true }
      return !state.isDone
    }
    guard isFirst else { return }
    let run = await withCheckedContinuation { continuation in
      let run = state.withLock { state in
        if state.run == nil { state.waiting = continuation }
        return state.run
      }
      if let run { continuation.resume(returning: run) }
    }
    run.cancel()
  }
}
