import Synchronization

/// Blocking work that is done in order, on a thread of its own while there is some.
final class BlockingQueue: Sendable {
  private struct State {
    var works: [@Sendable () -> Void] = []
    var isBusy = false
  }

  private let state = Mutex(State())

  /// Does work that nobody waits for, after all that was given before.
  func start(_ work: @escaping @Sendable () -> Void) {
    let isFirst = state.withLock { state in
      state.works.append(work)
      defer { state.isBusy = true }
      return !state.isBusy
    }
    if isFirst { BlockingThread.start { while let work = self.next() { work() } } }
  }

  /// Waits for work, which is done after all that was given before.
  func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      start { continuation.resume(returning: body()) }
    }
  }

  private func next() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard state.works.isEmpty else { return state.works.removeFirst() }
      state.isBusy = false
      return nil
    }
  }
}
