import Synchronization

/// Runs blocking work in order, on a separate thread that exists only while there is work.
final class BlockingQueue: Sendable {
  private struct State {
    var works: [@Sendable () -> Void] = []
    var isBusy = false
  }

  private let state = Mutex(State())

  /// Queues work without waiting for it.
  func start(_ work: @escaping @Sendable () -> Void) {
    let isFirst = state.withLock { state in
      state.works.append(work)
      defer { state.isBusy = true }
      return !state.isBusy
    }
    if isFirst { BlockingThread.start { while let work = self.next() { work() } } }
  }

  /// Queues work and waits until it is done.
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
