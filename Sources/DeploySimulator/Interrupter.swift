package import DeployRunner
import Synchronization

/// Cancels a run from within one of its operations, which may begin before the run is set.
package final class Interrupter: Sendable {
  private struct State {
    var run: DeployRun?
    var waiting: [CheckedContinuation<DeployRun, Never>] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// Forgets the run, which has ended.
  func forget() { state.withLock { $0.run = nil } }

  /// Sets the run, which may have started already.
  package func watch(_ run: DeployRun) {
    let waiting = state.withLock { state in
      state.run = run
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume(returning: run) }
  }

  /// Cancels the run as soon as it is set.
  package func cancel() async {
    let run = await withCheckedContinuation { continuation in
      let run = state.withLock { state in
        if state.run == nil { state.waiting.append(continuation) }
        return state.run
      }
      if let run { continuation.resume(returning: run) }
    }
    run.cancel()
  }
}
