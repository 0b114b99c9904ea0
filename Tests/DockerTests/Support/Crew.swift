import Foundation
import Synchronization

/// The same blocking work on some threads of its own; its results can be awaited once.
final class Crew<Result: Sendable>: Sendable {
  private typealias Waiting = CheckedContinuation<[Result], Never>

  private struct State {
    var running: Int
    var results: [Result] = []
    var waiting: Waiting?
  }

  private let state: Mutex<State>

  /// Starts the threads; each gets its number.
  init(_ count: Int, work: @escaping @Sendable (Int) -> Result) {
    state = Mutex(State(running: count))
    for number in 0..<count {
      Thread.detachNewThread { self.finish(work(number)) }
    }
  }

  /// Waits for the last thread.
  func results() async -> [Result] {
    await withCheckedContinuation { (continuation: Waiting) in
      let results = state.withLock { state -> [Result]? in
        if state.running == 0 { return state.results }
        state.waiting = continuation
        return nil
      }
      if let results { continuation.resume(returning: results) }
    }
  }

  private func finish(_ result: Result) {
    let last = state.withLock { state -> (Waiting, [Result])? in
      state.running -= 1
      state.results.append(result)
      guard state.running == 0, let waiting = state.waiting else { return nil }
      return (waiting, state.results)
    }
    if let (waiting, results) = last { waiting.resume(returning: results) }
  }
}

/// Tells threads to end.
final class Flag: Sendable {
  private let value = Atomic(false)
  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}
