import BgrunTestSupport
import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite struct FreezeTests {
  let scratch: TemporaryFolder
  let state: StateFolder
  let holder = LockHolder(application: "grafana", run: "1")

  init() throws {
    scratch = try TemporaryFolder()
    state = try scratch.state()
  }

  @Test func `forbids deploys, also by later processes, until it is lifted`() throws {
    let since = Timestamp(seconds: 1_795_400_045)
    let freeze = try state.lock.freeze(reason: "migration", at: since)
    let later = try scratch.state().lock
    #expect(throws: LockError.frozen(freeze)) { try later.acquire(holder) }
    #expect(
      LockError.frozen(freeze).failure(now: since).description
        == "grafana is locked by \(ThisHost.user) on \(ThisHost.name) since "
        + "\(since.withAge(now: since)): \"migration\"; ask \(ThisHost.user) first, then: "
        + "`bgrun unlock PLAN`")
    #expect(try later.unfreeze() == freeze)
    #expect(try later.freeze == nil)
    #expect(try later.unfreeze() == nil)
    try later.acquire(holder).release()
  }

  @Test func `is not waited for`() async throws {
    let freeze = try state.lock.freeze(reason: nil)
    let clock = SteppedClock { _ in Issue.record("waited") }
    await #expect(throws: LockError.frozen(freeze)) {
      try await state.lock.acquire(holder, waiting: .seconds(60), clock: RunClock(clock))
    }
  }

  @Test func `does not forbid to mend`() throws {
    try state.lock.freeze(reason: nil)
    try state.lock.acquire(holder, evenIfFrozen: true).release()
  }

  @Test func `a second one does not take the first one's place`() throws {
    let first = try state.lock.freeze(reason: "first")
    #expect(throws: LockError.frozen(first)) { try state.lock.freeze(reason: "second") }
  }

  @Test func `leaves a deploy that is under way alone`() throws {
    let held = try state.lock.acquire(holder)
    try state.lock.freeze(reason: nil)
    #expect(throws: Never.self) { try held.check() }
    held.release()
  }

  @Test func `a file that cannot be read forbids as well`() throws {
    try state.folder.write("freeze.json", Array("not JSON".utf8))
    #expect(throws: LockError.self) { try state.lock.acquire(holder) }
    #expect(try state.lock.unfreeze() != nil)
    try state.lock.acquire(holder).release()
  }
}
