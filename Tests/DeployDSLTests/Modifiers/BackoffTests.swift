import DeployDSL
import Testing

@Suite struct BackoffTests {
  @Test(
    arguments: [
      (Backoff.exponential(), [1, 2, 4, 8, 16, 30, 30, 30]),
      (.exponential(from: 3, upTo: 20), [3, 6, 12, 20, 20]),
      (.exponential(from: 5, upTo: 5), [5, 5]),
      (.exponential(from: 0), [0, 0, 0]),
      (.constant(2), [2, 2, 2, 2]),
      (.constant(0), [0, 0]),
    ] as [(Backoff, [Int])])
  func `the waiting time before the second attempt is the first one`(
    backoff: Backoff, seconds: [Int]
  ) {
    let delays = seconds.indices.map { backoff.delay(before: $0 + 2) }
    #expect(delays == seconds.map { .seconds($0) })
  }

  @Test func `a far attempt waits no longer than the maximum and is computed at once`() {
    #expect(Backoff.exponential().delay(before: .max) == .seconds(30))
    #expect(Backoff.constant(2).delay(before: .max) == .seconds(2))
  }

  @Test func `before the first attempt the time is the first one too`() {
    #expect(Backoff.exponential().delay(before: 1) == .seconds(1))
  }
}
