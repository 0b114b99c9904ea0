import Synchronization
import Testing

@testable import DeployRunner

/// A clock on which sleeping is what makes time pass.
private final class LeapingClock: Clock {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }
  private let time = Mutex(Duration.seconds(1000))
  var now: Instant { Instant(offset: time.withLock { $0 }) }
  var minimumResolution: Duration { .zero }
  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    time.withLock { $0 = max($0, deadline.offset) }
  }
}

@Suite("RunClock")
struct RunClockTests {
  @Test func `time counts from the run's beginning, whatever the clock says`() async throws {
    let clock = RunClock(LeapingClock())
    #expect(clock.now() == .zero)
    try await clock.sleep(until: .seconds(5))
    #expect(clock.now() == .seconds(5))
    try await clock.sleep(for: .seconds(2))
    #expect(clock.now() == .seconds(7))
    try await clock.sleep(until: .seconds(3))
    #expect(clock.now() == .seconds(7))
    try await clock.watch(until: .seconds(8))
    #expect(clock.now() == .seconds(8))
  }

  @Test func `sleeping ends when the task is cancelled`() async {
    let clock = RunClock(ContinuousClock())
    let task = Task { try await clock.sleep(for: .seconds(600)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
