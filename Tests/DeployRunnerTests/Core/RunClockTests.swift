import BgrunTestSupport
import Testing

@testable import DeployRunner

@Suite("RunClock")
struct RunClockTests {
  @Test func `time counts from the run's beginning, whatever the clock says`() async throws {
    let stepped = SteppedClock()
    try await stepped.sleep(for: .seconds(1000))
    let clock = RunClock(stepped)
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
