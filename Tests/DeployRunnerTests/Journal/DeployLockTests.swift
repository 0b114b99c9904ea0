import BgrunTestSupport
import DeployDSL
import Foundation
import Synchronization
import Testing

@testable import DeployRunner

@Suite struct DeployLockTests {
  let scratch: TemporaryFolder
  let state: StateFolder
  var lock: DeployLock { state.lock }

  init() throws {
    scratch = try TemporaryFolder()
    state = try scratch.state()
  }

  private func holder(_ reason: String? = nil) -> LockHolder {
    LockHolder(application: "grafana", run: "20261123-021405-7f3a", reason: reason)
  }

  private func refusal(_ body: () throws -> HeldLock) -> LockError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? LockError
    }
  }

  private func leave(_ holder: LockHolder) throws {
    try state.folder.write(DeployLock.holderFile, Array(JSONEncoder().encode(holder)))
  }

  @Test func `keeps a second deploy out and says who deploys, until it is released`() throws {
    let held = try lock.acquire(holder("hotfix 42"))
    held.update(step: "Health")
    guard case .held("grafana", let other?) = refusal({ try lock.acquire(holder()) }) else {
      Issue.record("not refused")
      return
    }
    #expect(other.step == "Health")
    #expect(other.process.pid == getpid())
    #expect(try lock.holder == other)
    held.release()
    #expect(try lock.holder == nil)
    try lock.acquire(holder()).release()
  }

  @Test func `is released when nobody holds it any more`() throws {
    do { _ = try lock.acquire(holder()) }
    #expect(refusal { try lock.acquire(holder()) } == nil)
  }

  @Test func `two applications deploy at the same time`() throws {
    let first = try lock.acquire(holder())
    let second = try scratch.state(of: "other").lock.acquire(holder())
    #expect(try lock.holder != nil)
    withExtendedLifetime((first, second)) {}
  }

  @Test func `the refusal says who, where, since when, at which step and why`() {
    let since = Timestamp(seconds: 1_795_400_045)
    var holder = LockHolder(
      application: "grafana", run: "1", reason: "hotfix 42", since: since)
    holder.user = "ann"
    holder.host = "web1"
    holder.process = ProcessIdentity(pid: 4711)
    holder.step = "Health"
    #expect(
      LockError.held(application: "grafana", by: holder).failure(now: since).description
        == "grafana is being deployed by ann on web1 (pid 4711) since "
        + "\(since.forPeople(now: since)), at step Health: \"hotfix 42\"; run the same "
        + "command again with --lock-wait 5m to wait for it; or press Ctrl-C where it runs")
    #expect(LockError.exitCode == 5)
  }

  // MARK: The folder

  @Test func `the holder finds out when its folder was removed`() throws {
    let held = try lock.acquire(holder())
    #expect(throws: Never.self) { try held.check() }
    try FileManager.default.removeItem(atPath: scratch.stateFolder)
    #expect(failure { try held.check() }?.code == .interference)
    _ = try scratch.state()
    #expect(failure { try held.check() }?.code == .interference)
  }

  @Test func `that it cannot be described keeps nobody from taking it`() throws {
    try FileManager.default.createDirectory(
      atPath: "\(state.folder.path)/lock.json", withIntermediateDirectories: false)
    let held = try lock.acquire(holder())
    held.update(step: "Health")
    #if os(Linux)
      // The kernel says who it is.
      #expect(try lock.holder?.process.pid == getpid())
    #endif
    #expect(refusal { try lock.acquire(holder()) } != nil)
    held.release()
    try lock.acquire(holder()).release()
  }

  // MARK: What a dead holder left behind

  @Test func `information alone locks nothing`() throws {
    var dead = holder()
    dead.process = ProcessIdentity(pid: 1, started: "1", boot: "another start of the machine")
    try leave(dead)
    #expect(try lock.holder == nil)
    let living = holder("somebody else's file, a living process")
    try leave(living)
    try lock.acquire(holder()).release()
    var far = holder()
    far.host = "another machine"
    try leave(far)
    #expect(try lock.holder == nil)
    try state.folder.write(DeployLock.holderFile, Array("{".utf8))
    #expect(try lock.holder == nil)
    try lock.acquire(holder()).release()
  }

  @Test func `a stale name is not shown for another holder`() throws {
    let held = try lock.acquire(holder())
    var dead = holder()
    dead.process.started = "1"
    try leave(dead)
    guard dead.process.isAlive != nil else { return }
    #expect(
      refusal { try lock.acquire(holder()) } == .held(application: "grafana", by: nil))
    withExtendedLifetime(held) {}
  }

  // MARK: Waiting

  @Test func `waits until the lock is free, and tells once whom for`() async throws {
    let held = try lock.acquire(holder())
    let waits = Mutex(0)
    let told = Mutex<[LockError]>([])
    let clock = SteppedClock { _ in
      if waits.withLock({
        $0 += 1; return $0
      }) == 3 {
        held.release()
      }
    }
    let second = try await lock.acquire(
      holder("second"), waiting: .seconds(60), clock: RunClock(clock)
    ) { refusal in told.withLock { $0.append(refusal) } }
    #expect(waits.withLock { $0 } == 3)
    #expect(told.withLock { $0.count } == 1)
    #expect(try lock.holder?.reason == "second")
    second.release()
  }

  @Test func `a holder that has only just taken the lock is given time to say its name`()
    async throws
  {
    let held = try lock.acquire(holder("first"))
    try state.folder.remove(DeployLock.holderFile)
    let looks = Mutex(0)
    let clock = SteppedClock { _ in
      if looks.withLock({
        $0 += 1; return $0
      }) == 3 {
        held.update(step: "Up")
      }
    }
    let refused = await #expect(throws: LockError.self) {
      _ = try await lock.acquire(holder(), waiting: .zero, clock: RunClock(clock))
    }
    guard case .held(_, let other?) = refused else {
      Issue.record("\(String(describing: refused))")
      return
    }
    #expect(other.reason == "first")
    #expect(looks.withLock { $0 } == 3)
  }

  @Test func `a holder without a name is refused in the end, too`() async throws {
    let held = try lock.acquire(holder())
    try state.folder.remove(DeployLock.holderFile)
    let last = Mutex(Duration.zero)
    let clock = SteppedClock { time in last.withLock { $0 = time } }
    await #expect(throws: LockError.held(application: "grafana", by: nil)) {
      _ = try await lock.acquire(holder(), waiting: .zero, clock: RunClock(clock))
    }
    #expect(last.withLock { $0 } == .seconds(1))
    withExtendedLifetime(held) {}
  }

  @Test func `gives up at the deadline, which need not be a whole number of looks`() async throws {
    let held = try lock.acquire(holder())
    let times = Mutex<[Duration]>([])
    let clock = SteppedClock { time in times.withLock { $0.append(time) } }
    await #expect(throws: LockError.self) {
      _ = try await lock.acquire(
        holder(), waiting: .milliseconds(1200), clock: RunClock(clock))
    }
    #expect(
      times.withLock { $0 } == [.milliseconds(500), .milliseconds(1000), .milliseconds(1200)])
    withExtendedLifetime(held) {}
  }

  @Test func `waiting ends when it is cancelled`() async throws {
    let held = try lock.acquire(holder())
    let waiting = Task { [lock, holder = holder()] in
      _ = try await lock.acquire(holder, waiting: .seconds(600), clock: RunClock(ContinuousClock()))
    }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    withExtendedLifetime(held) {}
  }
}
