import DeployRunner
import Synchronization

/// Carries a run's events from its threads to the main thread.
///
/// Several at a time, because waking the main thread for each costs more than a simulated step; and
/// without making the run wait for whoever reads its record.
final class EventQueue: Sendable {
  private struct State {
    var pending: [FleetEvent] = []
    var watch: FleetWatch
  }

  private let state: Mutex<State>

  init(watch: FleetWatch) { state = Mutex(State(watch: watch)) }

  /// Adds an event. What is said if the process ends now is up to date when this returns.
  ///
  /// - Returns: whether it is the only one, so that somebody must be told to take it.
  func add(_ event: FleetEvent) -> Bool {
    state.withLock { state in
      state.watch.take(event)
      state.pending.append(event)
      return state.pending.count == 1
    }
  }

  /// The events that were added since the last time.
  func take() -> [FleetEvent] {
    state.withLock { state in
      defer { state.pending = [] }
      return state.pending
    }
  }

  /// The status to exit with once all is done but the showing.
  func exitCode(afterSignal signal: Int32) -> Int32? {
    state.withLock { $0.watch.exitCode(afterSignal: signal) }
  }

  /// What a person must be told who ends the process now.
  var leftovers: String { state.withLock { $0.watch.leftovers } }
}
