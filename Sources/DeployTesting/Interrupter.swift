import Synchronization

/// Cancels a run as one of its operations begins, once.
final class Interrupter: Sendable {
  private struct State {
    var run: DeployRun?
    var waiting: CheckedContinuation<DeployRun, Never>?
    var isDone = false
  }

  private let pattern: LinePattern
  private let state = Mutex(State())

  init(at pattern: LinePattern) { self.pattern = pattern }

  /// Makes the run known, which may have begun already.
  func watch(_ run: DeployRun) {
    let waiting = state.withLock { state in
      state.run = run
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: run)
  }

  func look(at operation: HostOperation) async {
    guard pattern.matches(operation.request.description) else { return }
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
