/// An injected clock as the run sees it: time since the run began.
package struct RunClock: Sendable {
  /// The time since the run began.
  package let now: @Sendable () -> Duration
  private let sleepUntil: @Sendable (Duration) async throws -> Void

  package init(_ clock: any Clock<Duration>) { self = RunClock.opening(clock) }

  private init(
    now: @escaping @Sendable () -> Duration,
    sleepUntil: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.now = now
    self.sleepUntil = sleepUntil
  }

  private static func opening<C: Clock>(_ clock: C) -> RunClock where C.Duration == Duration {
    let start = clock.now
    return RunClock(
      now: { start.duration(to: clock.now) },
      sleepUntil: { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) })
  }

  /// Waits until a time of the run.
  package func sleep(until time: Duration) async throws { try await sleepUntil(time) }

  /// Waits for a time.
  package func sleep(for time: Duration) async throws { try await sleepUntil(now() + time) }
}

/// A clock whose time passes only when everybody who takes part waits: the simulated host's.
///
/// The runner tells it when a branch of the run begins and ends.
package protocol ParticipantClock: Clock<Duration> {
  /// One more branch takes part.
  func join()
  /// A branch has ended.
  func leave()
}
