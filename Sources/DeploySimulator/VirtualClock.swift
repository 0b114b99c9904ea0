import DeployRunner
import Synchronization

/// A clock whose time passes only while all its participants sleep.
///
/// It then advances to the earliest deadline, so that thirty seconds take microseconds. Sleepers
/// with the same deadline wake one after the other, in the order in which they fell asleep: runs on
/// this clock are deterministic.
///
/// ```swift
/// let clock = VirtualClock()
/// try await clock.sleep(for: .seconds(30))  // at once
/// clock.now.sinceStart  // 30 seconds
/// ```
package final class VirtualClock: ParticipantClock {
  private let state: Mutex<State>

  /// Creates a clock without participants; it counts at least one.
  ///
  /// - Parameter now: its first time. Default: zero.
  package init(at now: Duration = .zero) { state = Mutex(State(now: now)) }

  /// The current time.
  package var now: Instant { Instant(sinceStart: state.withLock { $0.now }) }

  /// The time since it was made.
  package var elapsed: Duration { now.sinceStart }

  /// One nanosecond.
  package var minimumResolution: Duration { .nanoseconds(1) }

  /// Adds a participant: time does not pass until it sleeps as well.
  package func join() { state.withLock { $0.participants += 1 } }

  /// Removes a participant; if all others sleep, time passes.
  package func leave() {
    let woken = state.withLock { state in
      state.participants = max(0, state.participants - 1)
      return state.turn()
    }
    woken.resume()
  }

  /// Does something while a participant waits for it; outside of branches there is none.
  func whileOneWaits(_ body: () async -> Void) async {
    let isThere = state.withLock { $0.participants > 0 }
    if isThere { leave() }
    await body()
    if isThere { join() }
  }

  /// Waits until a time; returns at once if it has passed, or if no other participant is due before
  /// it.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    try Task.checkCancellation()
    if state.withLock({ $0.passesAlone(to: deadline.sinceStart) }) { return }
    try await wait(until: deadline.sinceStart, isPassive: false)
  }

  /// Waits until a time without participating, like a watchdog, which must not make time pass.
  ///
  /// It wakes when the participants' sleep brings the clock to its deadline; time then stops until
  /// `action` returns. Without participants it sleeps until its task is cancelled.
  ///
  /// - Parameter action: the work at the deadline; time may pass before work after this function's
  ///   return.
  /// - Throws: `CancellationError` when the task is cancelled, or what `action` throws.
  package func sleepPassively(
    until deadline: Instant, _ action: () async throws -> Void = {}
  ) async throws {
    try Task.checkCancellation()
    if state.withLock({ $0.holdsIfPast(deadline.sinceStart) }) == false {
      try await wait(until: deadline.sinceStart, isPassive: true)
    }
    defer { state.withLock { $0.release() }.resume() }
    try await action()
  }

  /// Waits for a duration without participating; see ``sleepPassively(until:_:)``.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  package func watch(for duration: Duration) async throws {
    try await sleepPassively(until: now.advanced(by: duration))
  }

  private func wait(until deadline: Duration, isPassive: Bool) async throws {
    let id = state.withLock { $0.announce() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        state.withLock {
          $0.register(
            Sleeper(id: id, deadline: deadline, isPassive: isPassive, continuation: continuation))
        }.resume()
      }
    } onCancel: {
      state.withLock { $0.cancel(id) }.resume()
    }
  }
}

extension VirtualClock {
  /// A time of a virtual clock.
  package struct Instant: InstantProtocol, Hashable, Sendable {
    /// The time since the clock was made.
    package var sinceStart: Duration

    /// Creates a time.
    package init(sinceStart: Duration) { self.sinceStart = sinceStart }

    /// The time that is `duration` later.
    package func advanced(by duration: Duration) -> Instant {
      Instant(sinceStart: sinceStart + duration)
    }

    /// The duration until `other`.
    package func duration(to other: Instant) -> Duration { other.sinceStart - sinceStart }

    /// Whether the first time is earlier.
    package static func < (left: Instant, right: Instant) -> Bool {
      left.sinceStart < right.sinceStart
    }
  }

  /// A waiting task.
  fileprivate struct Sleeper {
    var id: Int
    var deadline: Duration
    var isPassive: Bool
    var continuation: CheckedContinuation<Void, any Error>
  }

  /// The tasks to resume after unlocking: resuming under the lock would run foreign code.
  fileprivate struct Woken {
    var sleeper: Sleeper?
    var isCancelled = false

    func resume() {
      if isCancelled {
        sleeper?.continuation.resume(throwing: CancellationError())
      } else {
        sleeper?.continuation.resume()
      }
    }
  }

  /// The participants, sleepers and the current time; pure, so that every change is one locked
  /// call.
  fileprivate struct State {
    var now: Duration
    var participants = 0
    /// The number of woken watchdogs that still act: time stops meanwhile.
    private var holds = 0
    private var sleepers: [Sleeper] = []
    private var nextID = 0
    /// Sleeps that are announced and not yet registered; true if cancelled.
    private var announced: [Int: Bool] = [:]

    init(now: Duration) { self.now = now }

    private var everybodySleeps: Bool {
      holds == 0 && sleepers.count(where: { !$0.isPassive }) >= max(1, participants)
    }

    /// Advances to `deadline` without a wait if the caller is the last one awake and the next one
    /// due.
    mutating func passesAlone(to deadline: Duration) -> Bool {
      if deadline <= now { return true }
      let others = sleepers.count(where: { !$0.isPassive })
      guard holds == 0, others + 1 >= max(1, participants),
        sleepers.allSatisfy({ $0.deadline > deadline })
      else { return false }
      now = deadline
      return true
    }

    mutating func holdsIfPast(_ deadline: Duration) -> Bool {
      guard deadline <= now else { return false }
      holds += 1
      return true
    }

    mutating func release() -> Woken {
      holds -= 1
      return turn()
    }

    mutating func announce() -> Int {
      nextID += 1
      announced[nextID] = false
      return nextID
    }

    mutating func register(_ sleeper: Sleeper) -> Woken {
      if announced.removeValue(forKey: sleeper.id) == true {
        // The cancellation of a watchdog releases nothing.
        return Woken(sleeper: sleeper, isCancelled: true)
      }
      sleepers.append(sleeper)
      return turn()
    }

    mutating func cancel(_ id: Int) -> Woken {
      if announced[id] != nil { announced[id] = true }
      guard let index = sleepers.firstIndex(where: { $0.id == id }) else { return Woken() }
      return Woken(sleeper: sleepers.remove(at: index), isCancelled: true)
    }

    /// Wakes the next sleeper if time may pass; watchdogs wake before others with the same
    /// deadline.
    mutating func turn() -> Woken {
      guard everybodySleeps else { return Woken() }
      let next = sleepers.indices.min { left, right in
        let (one, two) = (sleepers[left], sleepers[right])
        if one.deadline != two.deadline { return one.deadline < two.deadline }
        return one.isPassive != two.isPassive ? one.isPassive : one.id < two.id
      }
      guard let next else { return Woken() }
      let sleeper = sleepers.remove(at: next)
      now = max(now, sleeper.deadline)
      if sleeper.isPassive { holds += 1 }
      return Woken(sleeper: sleeper)
    }
  }
}
