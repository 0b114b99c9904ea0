/// An injected clock that measures the time since the run began.
package struct RunClock: Sendable {
  /// The time since the run began.
  package let now: @Sendable () -> Duration
  private let sleepUntil: @Sendable (Duration) async throws -> Void
  private let watchUntil: @Sendable (Duration) async throws -> Void
  /// The simulated time since its clock was made; `nil` if its time is real.
  let simulated: (@Sendable () -> Duration)?

  package init(_ clock: any Clock<Duration>) { self = RunClock.opening(clock) }

  private init(
    now: @escaping @Sendable () -> Duration,
    sleepUntil: @escaping @Sendable (Duration) async throws -> Void,
    watchUntil: @escaping @Sendable (Duration) async throws -> Void,
    simulated: (@Sendable () -> Duration)? = nil
  ) {
    self.now = now
    self.sleepUntil = sleepUntil
    self.watchUntil = watchUntil
    self.simulated = simulated
  }

  /// Whether its time is simulated, so that it passes only while all wait.
  var isVirtual: Bool { simulated != nil }

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
      now: now, sleepUntil: sleep, watchUntil: { try await shared.watch(for: $0 - now()) },
      simulated: { shared.elapsed })
  }

  /// Waits until a time of the run.
  package func sleep(until time: Duration) async throws { try await sleepUntil(time) }

  /// Waits until a time of the run without advancing simulated time, to observe other branches.
  package func watch(until time: Duration) async throws { try await watchUntil(time) }

  /// Waits for a duration.
  package func sleep(for time: Duration) async throws { try await sleepUntil(now() + time) }

  /// Does two independent things at the same time.
  ///
  /// In simulated time one follows the other, so that every run has the same events and times.
  package func both<First: Sendable, Second: Sendable>(
    _ first: @Sendable () async throws -> First,
    _ second: @Sendable () async throws -> Second
  ) async throws -> (First, Second) {
    if isVirtual { return (try await first(), try await second()) }
    return try await withoutActuallyEscaping(second) { second in
      async let other = second()
      return (try await first(), try await other)
    }
  }
}

extension RunClock {
  /// Does the same for several values at the same time; in simulated time, one after the other.
  package func each<Value: Sendable>(
    _ values: [Value], _ body: @escaping @Sendable (Value) async throws -> Void
  ) async throws {
    guard !isVirtual, values.count > 1 else {
      for value in values { try await body(value) }
      return
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for value in values { group.addTask { try await body(value) } }
      try await group.waitForAll()
    }
  }
}

/// A clock that advances only when all participants wait: the simulated host's.
///
/// The runner reports when a branch of the run begins and ends.
package protocol ParticipantClock: Clock<Duration> {
  /// Adds a branch.
  func join()
  /// Removes a branch.
  func leave()
  /// The time since the clock was made.
  var elapsed: Duration { get }
  /// Waits until other participants have let the time pass, without advancing it.
  func watch(for duration: Duration) async throws
}
