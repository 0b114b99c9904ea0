import BgrunTestSupport
import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite struct JournalStoreTests {
  let scratch: TemporaryFolder
  let store: JournalStore

  init() throws {
    scratch = try TemporaryFolder()
    store = try scratch.state().journal
  }

  private func id(_ second: Int) -> RunID { RunID(at: Timestamp(seconds: 1_795_400_000 + second)) }

  private func begin(_ run: RunID) throws -> JournalWriter {
    try store.begin(ExampleJournal.header(run))
  }

  private func resume(_ run: RunID) throws -> JournalWriter {
    try store.resume(run, after: try store.open(run), undo: false)
  }

  private func finish(_ writer: JournalWriter) throws {
    try writer.append(
      .runFinished(JournalEnd(outcome: .succeeded, exitCode: 0, serving: .green)), at: .seconds(4))
    writer.close()
  }

  private func corrupt(_ run: RunID, at offset: Int) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: store.path(of: run)))
    data[offset] ^= 1
    try data.write(to: URL(fileURLWithPath: store.path(of: run)))
  }

  @Test func `an application that was never deployed has no runs`() throws {
    #expect(try store.runs() == [])
    #expect(try store.interrupted() == nil)
    let missing = id(0)
    #expect(
      failure { _ = try store.open(missing) }?.description
        == "found no run \(missing) of grafana; list the runs: "
        + "`bgrun history PLAN`")
  }

  @Test func `what is written is read back, newest run first`() throws {
    for second in [2, 1, 3] { try finish(begin(id(second))) }
    let runs = try store.runs()
    // By their beginning, whatever the clock said then.
    #expect(runs == [3, 1, 2].map(id))
    #expect(try store.newest()?.run == id(3))
    let state = try store.open(runs[0]).state
    #expect(state.header?.reason == "hotfix 42")
    #expect(state.end?.serving == .green)
    #expect(try store.interrupted() == nil)
    #expect(try store.history().map(\.milliseconds) == [4000, 4000, 4000])
  }

  @Test func `the last runs of the same steps tell how long the next one takes`() throws {
    let steps = ExampleJournal.header(id(0)).steps
    #expect(store.estimate(of: .deploy, steps: steps) == nil)
    for (second, time) in [30, 3, 5, 4].enumerated() {
      let writer = try begin(id(second))
      try writer.append(
        .runFinished(
          JournalEnd(outcome: .succeeded, exitCode: 0, serving: .green, purpose: .deploy)),
        at: .seconds(time))
      writer.close()
    }
    let failed = try begin(id(9))
    try failed.append(
      .runFinished(JournalEnd(outcome: .failed, exitCode: 1, purpose: .deploy)), at: .seconds(60))
    failed.close()
    let estimate = try #require(store.estimate(of: .deploy, steps: steps))
    #expect(estimate.duration == .seconds(4) && estimate.runs == 3)
    #expect(store.estimate(of: .rollback, steps: steps) == nil)
    #expect(store.estimate(of: .deploy, steps: ["Up"]) == nil)
  }

  @Test func `journals are their owner's only, and begin on a file of their own`() throws {
    let run = id(1)
    let writer = try begin(run)
    #expect(try scratch.mode(of: ".bgrun/grafana/journal/\(run).jsonl") == 0o600)
    #expect(failure { _ = try begin(run) } != nil)
    withExtendedLifetime(writer) {}
  }

  @Test func `a run that goes on has disk space set aside, too`() throws {
    let run = id(1)
    try begin(run).close()
    let writer = try resume(run)
    var status = stat()
    #expect(stat(store.path(of: run), &status) == 0)
    #expect(status.st_blocks * 512 >= 128 * 1024)
    withExtendedLifetime(writer) {}
  }

  @Test func `a run that is taken up later has lasted since it began`() throws {
    var header = ExampleJournal.header(id(1))
    header.started = Timestamp(seconds: Timestamp.now.seconds - 3600)
    let died = try store.begin(header)
    try died.append(.active(.blue), at: .seconds(3))
    try finish(try resume(header.run))
    let summary = try #require(try store.history().first)
    #expect((3_604_000...3_700_000).contains(summary.milliseconds))
    // By this the next run knows that it was not somebody else who changed the site file.
    #expect(summary.hasChanged(at: .now, leaving: .green))
    #expect(
      !summary.hasChanged(at: Timestamp(seconds: header.started.seconds - 60), leaving: .green))
  }

  @Test func `a run that is taken up after the clock was set back goes on where it was`() throws {
    var header = ExampleJournal.header(id(1))
    header.started = Timestamp(seconds: Timestamp.now.seconds + 3600)
    let died = try store.begin(header)
    try died.append(.active(.blue), at: .seconds(3))
    try finish(try resume(header.run))
    #expect(try store.history().first?.milliseconds == 7000)
  }

  @Test func `a run whose process lives is under way, not cut off`() throws {
    let state = try scratch.state()
    try finish(begin(id(1)))
    let holder = LockHolder(application: "grafana", run: "x", reason: nil)
    let lock = try state.lock.acquire(holder)
    let writer = try begin(id(2))
    #expect(try state.history().map(\.status) == [.running, .ended(.succeeded)])
    lock.release()
    #expect(try state.history().map(\.status) == [.interrupted, .ended(.succeeded)])
    try finish(writer)
    #expect(try state.history().map(\.status) == [.ended(.succeeded), .ended(.succeeded)])
  }

  @Test func `a thousand records are numbered and all come back`() throws {
    let writer = try begin(id(1))
    for number in 1...1000 {
      try writer.append(.nodeStarted(node: number, name: "step"), at: .milliseconds(number))
    }
    let journal = try store.open(writer.run)
    #expect(journal.records.count == 1001)
    #expect(journal.records.last?.at == 1000)
  }

  @Test func `records of steps side by side keep their numbers`() async throws {
    let writer = try begin(id(1))
    let ids = try await withThrowingTaskGroup(of: Int.self) { group in
      for node in 0..<200 {
        group.addTask {
          try writer.declare(.code(node: node, name: "step"), node: node, at: .zero)
        }
      }
      return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
    }
    #expect(ids == Set(1...200))
    #expect(try store.open(writer.run).state.declared.map(\.id) == Array(1...200))
  }

  // MARK: Runs that died

  @Test func `a run that died is found, told about, resumed and then resolved`() throws {
    let run = id(1)
    do {
      let writer = try begin(run)
      for entry in ExampleJournal.entries { try writer.append(entry, at: .seconds(1)) }
    }
    let path = store.path(of: run)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("97 12ab".utf8))
    try handle.close()

    let found = try #require(try store.interrupted())
    #expect(found.run == run && found.fate == .interrupted(nil) && found.steps == ["Reload"])
    let now = Timestamp(seconds: 1_795_400_045)
    #expect(
      LockError.interrupted(found).failure(now: now).description
        == "run \(run) of grafana by ann on web1 at \(now.forPeople(now: now)) was interrupted at step Reload: \"hotfix 42\"; resume it (`bgrun resume PLAN`), roll it back (`bgrun resume PLAN --undo`), or fix it manually and mark it as resolved (`bgrun resolve PLAN`)"
    )

    let journal = try store.open(run)
    let writer = try store.resume(run, after: journal, undo: true)
    #expect(journal.state.toUndo.map(\.id) == [2, 1])
    #expect(try writer.declare(.code(node: 3, name: "n"), node: 3, at: .seconds(2)) == 3)
    try finish(writer)
    #expect(try store.interrupted() == nil)
    #expect(try store.open(run).records.map(\.number) == Array(1...20))
  }

  @Test(arguments: [
    (RunReport.Outcome.failed, false, "failed at step Reload and was not rolled back"),
    (.rollbackFailed, true, "failed at step Reload and could not be rolled back"),
    // After the switch, with --no-rollback.
    (.rollbackFailed, false, "failed at step Reload and was not rolled back"),
    (.cancelled, false, "was interrupted at step Reload and not rolled back"),
  ])
  func `a run that was left half done is not said to have died`(
    outcome: RunReport.Outcome, isUndoing: Bool, words: String
  ) throws {
    let writer = try begin(id(1))
    for entry in ExampleJournal.entries { try writer.append(entry, at: .seconds(1)) }
    try writer.append(
      .nodeFinished(node: 3, status: .failed, milliseconds: 9, summary: "", failure: "no"),
      at: .seconds(1))
    if isUndoing { try writer.append(.undoStarted(id: 2), at: .seconds(1)) }
    try writer.append(.runLeft(JournalEnd(outcome: outcome, exitCode: 1)), at: .seconds(1))
    let found = try #require(try store.interrupted())
    #expect(found.status == (isUndoing ? .ended(.rollbackFailed) : .interrupted))
    #expect(found.interruptedSentence().contains(" \(words): \"hotfix 42\""))
  }

  @Test(arguments: [false, true])
  func `only what can go on is offered`(isUndoing: Bool) throws {
    let writer = try begin(id(1))
    for entry in ExampleJournal.entries { try writer.append(entry, at: .seconds(1)) }
    if isUndoing { try writer.append(.undoStarted(id: 2), at: .seconds(1)) }
    let found = try #require(try store.interrupted())
    #expect(
      LockError.interrupted(found).failure.fix
        == (isUndoing
          ? "roll it back (`bgrun resume PLAN --undo`), or fix it manually and mark it as resolved "
            + "(`bgrun resolve PLAN`)"
          : "resume it (`bgrun resume PLAN`), roll it back (`bgrun resume PLAN --undo`), or fix "
            + "it manually and mark it as resolved (`bgrun resolve PLAN`)"))
  }

  @Test func `a run that died can be marked as resolved`() throws {
    let run = id(1)
    _ = try begin(run)
    try store.resolve(run, how: "mended by hand")
    #expect(try store.interrupted() == nil)
    #expect(try store.history().map(\.fate) == [.resolved(how: "mended by hand")])
  }

  @Test func `a run that never wrote a whole record never started`() throws {
    let run = id(1)
    _ = try begin(run)
    for length in [0, 20] as [off_t] {
      try #require(truncate(store.path(of: run), length) == 0)
      #expect(try store.interrupted() == nil)
      #expect(try store.history().map(\.fate) == [.neverStarted])
    }
  }

  @Test func `a damaged journal stops the next run, until it is put aside`() throws {
    let run = id(1)
    let writer = try begin(run)
    try writer.append(.committed, at: .zero)
    try corrupt(run, at: 30)
    let damage = failure { _ = try store.interrupted() }
    #expect(damage?.message.hasPrefix("\(store.path(of: run)) is damaged at line 1") == true)
    #expect(try store.history().map(\.header) == [nil])
    let path = store.path(of: run)
    try FileManager.default.moveItem(atPath: path, toPath: path + ".damaged")
    #expect(try store.interrupted() == nil)
    #expect(try store.runs() == [])
  }

  @Test func `damage in a run whose end is known stops nobody`() throws {
    let run = id(1)
    try finish(begin(run))
    try corrupt(run, at: 30)
    #expect(try store.interrupted() == nil)
    #expect(failure { _ = try store.open(run) } != nil)
  }

  // MARK: Room

  @Test func `where the clock was set back the new run is not taken for the oldest`() throws {
    for second in 1...JournalStore.kept { try finish(try begin(id(second))) }
    let writer = try begin(id(0))
    try finish(writer)
    let runs = try store.runs()
    #expect(runs.contains(id(0)) && runs.count == JournalStore.kept)
  }

  @Test func `fifty runs are kept, and one that died longer than that`() throws {
    let dead = id(0)
    _ = try begin(dead)
    for second in 1...60 { try finish(begin(id(second))) }
    #expect(try store.runs().count == 51)
    #expect(try store.runs().last == dead)
    #expect(try store.interrupted()?.run == dead)
    try store.resolve(dead, how: "by hand")
    try store.prune()
    #expect(try store.runs().count == 50)
  }

  @Test(.needsRoot) func `a journal that has begun has room on a full disk`()
    async throws
  {
    try await SmallDisk.with(kilobytes: 1024) { disk in
      let store = try StateFolder.prepare(at: "\(disk)/.bgrun", application: "grafana").journal
      let writer = try store.begin(ExampleJournal.header(id(1)))
      _ = FileManager.default.createFile(atPath: "\(disk)/fill", contents: nil)
      let filler = try #require(FileHandle(forWritingAtPath: "\(disk)/fill"))
      while (try? filler.write(contentsOf: Data(count: 4096))) != nil {}
      for _ in 0..<300 { try writer.append(.nodeStarted(node: 1, name: "step"), at: .zero) }
      let tail = (0..<JournalEntry.tail).map { _ in String(repeating: "x", count: 80) }
      // What is set aside ends too: the failure says so, and half a record is taken out again.
      var written = 301
      let full = failure {
        while true {
          try writer.append(
            .operationFinished(node: 1, text: "t", status: 0, tail: tail), at: .zero)
          written += 1
        }
      }
      #expect(full?.message.hasSuffix("No space left on device") == true)
      #expect(try store.open(writer.run).records.count == written)
      // What has happened already is written once there is room, before anything new is announced.
      let reload = JournalEntry.operationFinished(node: 1, text: "reload", status: 0, tail: tail)
      writer.record(reload, at: .seconds(1))
      writer.record(.phase(.proved), at: .seconds(2))
      #expect(failure { try writer.append(.committed, at: .seconds(3)) } == full)
      try filler.truncate(atOffset: 0)
      try writer.append(.nodeStarted(node: 2, name: "Stop"), at: .seconds(4))
      let journal = try store.open(writer.run)
      #expect(
        journal.records.dropFirst(written).map(\.entry)
          == [reload, .phase(.proved), .nodeStarted(node: 2, name: "Stop")])
      #expect(journal.records.dropFirst(written).map(\.at) == [1000, 2000, 4000])
    }
  }
}
