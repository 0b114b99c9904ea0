import Synchronization

/// A clock whose time passes at once when somebody waits; the test is told before it does.
package final class SteppedClock: Clock {
  package struct Instant: InstantProtocol {
    package var offset: Duration
    package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    package func duration(to other: Instant) -> Duration { other.offset - offset }
    package static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private let time = Mutex(Duration.zero)
  private let onSleep: @Sendable (Duration) -> Void

  package init(onSleep: @escaping @Sendable (Duration) -> Void = { _ in }) {
    self.onSleep = onSleep
  }

  package var now: Instant { Instant(offset: time.withLock { $0 }) }
  package var minimumResolution: Duration { .nanoseconds(1) }

  package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    try Task.checkCancellation()
    time.withLock { $0 = max($0, deadline.offset) }
    onSleep(deadline.offset)
  }
}
