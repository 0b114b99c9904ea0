/// An injected clock that measures the time since the run began.
package struct RunClock: Sendable {
  /// The time since the run began.
  package let now: @Sendable () -> Duration
  private let sleepUntil: @Sendable (Duration) async throws -> Void
  private let watchUntil: @Sendable (Duration) async throws -> Void

  package init(_ clock: any Clock<Duration>) { self = RunClock.opening(clock) }

  private init(
    now: @escaping @Sendable () -> Duration,
    sleepUntil: @escaping @Sendable (Duration) async throws -> Void,
    watchUntil: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.now = now
    self.sleepUntil = sleepUntil
    self.watchUntil = watchUntil
  }

  private static func opening<C: Clock>(_ clock: C) -> RunClock where C.Duration == Duration {
    let start = clock.now
    let sleep: @Sendable (Duration) async throws -> Void = {
      try await clock.sleep(until: start.advanced(by: $0), tolerance: nil)
    }
    let now: @Sendable () -> Duration = { start.duration(to: clock.now) }
    guard let shared = clock as? any ParticipantClock else {
      return RunClock(now: now, sleepUntil: sleep, watchUntil: sleep)
    }
    return RunClock(
      now: now, sleepUntil: sleep, watchUntil: { try await shared.watch(for: $0 - now()) })
  }

  /// Waits until a time of the run.
  package func sleep(until time: Duration) async throws { try await sleepUntil(time) }

  /// Waits until a time of the run without advancing simulated time, to observe other branches.
  package func watch(until time: Duration) async throws { try await watchUntil(time) }

  /// Waits for a duration.
  package func sleep(for time: Duration) async throws { try await sleepUntil(now() + time) }
}

/// A clock that advances only when all participants wait: the simulated host's.
///
/// The runner reports when a branch of the run begins and ends.
package protocol ParticipantClock: Clock<Duration> {
  /// Adds a branch.
  func join()
  /// Removes a branch.
  func leave()
  /// Waits until other participants have let the time pass, without advancing it.
  func watch(for duration: Duration) async throws
}
