import DeployRunner
import DeploySimulator
import Dispatch
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct VirtualClockTests {
  private let clock = VirtualClock()

  private func at(_ time: Duration) -> VirtualClock.Instant {
    VirtualClock.Instant(sinceStart: time)
  }

  @Test func `Time passes at once for one who sleeps alone`() async throws {
    try await clock.sleep(for: .seconds(3600))
    #expect(clock.now == at(.seconds(3600)))
  }

  @Test func `A time that is past is no sleep`() async throws {
    try await clock.sleep(for: .seconds(5))
    try await clock.sleep(until: at(.seconds(2)))
    #expect(clock.now == at(.seconds(5)))
  }

  @Test func `Sleepers wake each at its own time`() async {
    let clock = clock
    for _ in 0..<3 { clock.join() }
    let woken = await withTaskGroup(of: Duration.self) { group in
      for number in [3, 1, 2] {
        group.addTask {
          defer { clock.leave() }
          try? await clock.sleep(for: .seconds(number))
          return clock.now.sinceStart
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(woken.sorted() == [.seconds(1), .seconds(2), .seconds(3)])
  }

  @Test func `Time rests while one participant is awake, and passes when it leaves`() async {
    clock.join()
    clock.join()
    let sleeper = Task { [clock] in
      try await clock.sleep(for: .seconds(1))
      return clock.now
    }
    for _ in 0..<100 { await Task.yield() }
    #expect(clock.now == at(.zero))
    clock.leave()
    #expect(await (try? sleeper.value) == at(.seconds(1)))
  }

  @Test func `A cancelled sleeper wakes with CancellationError, and time does not pass for it`()
    async
  {
    clock.join()
    clock.join()
    let sleeper = Task { [clock] in try await clock.sleep(for: .seconds(1)) }
    for _ in 0..<10 { await Task.yield() }
    sleeper.cancel()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
    #expect(clock.now == at(.zero))
  }

  @Test(arguments: 0..<4)
  func `Cancelling at any moment loses no sleeper`(seed: Int) async {
    let threads = OwnThreads()
    await withTaskExecutorPreference(threads) {
      clock.join()
      clock.join()
      for round in 0..<500 {
        let sleeper = Task(executorPreference: threads) { [clock] in
          try await clock.sleep(for: .seconds(1))
        }
        if (round + seed).isMultiple(of: 3) { await Task.yield() }
        sleeper.cancel()
        _ = await sleeper.result
      }
      clock.leave()
      try? await clock.sleep(for: .seconds(1))
    }
    #expect(clock.now == at(.seconds(1)))
  }

  @Test func `Cancelling against waking resumes every sleeper once`() async {
    let threads = OwnThreads()
    await withTaskExecutorPreference(threads) {
      for _ in 0..<500 {
        let clock = VirtualClock()
        clock.join()
        clock.join()
        let sleeper = Task(executorPreference: threads) { try await clock.sleep(for: .seconds(1)) }
        async let left: Void = clock.leave()
        sleeper.cancel()
        await left
        _ = await sleeper.result
      }
    }
  }

  @Test func `A watchdog does not make time pass, and wakes when others do`() async throws {
    let woken = Mutex<Duration?>(nil)
    let watchdog = Task { [clock] in
      try await clock.sleepPassively(until: VirtualClock.Instant(sinceStart: .seconds(2))) {
        woken.withLock { $0 = clock.now.sinceStart }
      }
    }
    for _ in 0..<100 { await Task.yield() }
    #expect(clock.now == at(.zero))
    try await clock.sleep(for: .seconds(5))
    try await watchdog.value
    #expect(woken.withLock { $0 } == .seconds(2))
    #expect(clock.now == at(.seconds(5)))
  }

  @Test func `A watchdog that is cancelled throws`() async {
    let watchdog = Task { [clock] in try await clock.watch(for: .seconds(2)) }
    watchdog.cancel()
    await #expect(throws: CancellationError.self) { try await watchdog.value }
  }

  @Test func `One participant takes 100,000 steps in no time`() async throws {
    clock.join()
    let began = ContinuousClock.now
    for _ in 0..<100_000 { try await clock.sleep(for: .milliseconds(1)) }
    #expect(clock.now == at(.seconds(100)))
    #expect(ContinuousClock.now - began < .seconds(10))
  }
}

/// Threads for tests of thousands of short tasks, which would wait behind each task of all other tests.
private final class OwnThreads: TaskExecutor {
  private let queue = DispatchQueue(label: "OwnThreads", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
