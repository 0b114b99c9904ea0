import DeployDSL
import Testing

@testable import DeployRunner

@Suite struct JournalStateTests {
  private let run = RunID(at: Timestamp(seconds: 0))

  private func state(_ entries: [JournalEntry]) -> JournalState {
    ([.runStarted(ExampleJournal.header(run))] + entries).reduce(into: JournalState()) {
      $0.apply($1)
    }
  }

  @Test func `a run cut off in the reload: what was done, begun and is to be taken back`() {
    let state = state(ExampleJournal.entries)
    #expect(state.isInterrupted)
    #expect(state.done == [0, 1, 2])
    #expect(state.begun == [3])
    #expect(state.pending.map(\.text) == ["docker exec proxy nginx -s reload"])
    #expect(state.active == .blue)
    #expect(state.phase == .reloading)
    #expect(state.oldWorkers == [12, 13])
    #expect(state.hasChanged && !state.isCommitted && !state.isUndoing)
    #expect(state.toUndo.map(\.undo.summary) == ["switch back to blue", "stop grafana-green"])
  }

  @Test func `at every prefix, what was declared and not taken back is to be taken back`() {
    let all = ExampleJournal.entries + ExampleJournal.rest
    for length in 0...all.count {
      let state = state(Array(all[..<length]))
      #expect(Set(state.toUndo.map(\.id)).union(state.undone) == Set(state.declared.map(\.id)))
      #expect(state.toUndo.map(\.id) == state.toUndo.map(\.id).sorted(by: >))
      #expect(state.isInterrupted == (length < all.count - 1))
    }
  }

  @Test func `an undo that failed is still to be done, with its reason`() {
    let state = state(ExampleJournal.entries + ExampleJournal.rest)
    #expect(state.isUndoing)
    #expect(state.undone == [2])
    #expect(state.undoFailures == [3: "no network"])
    #expect(state.toUndo.map(\.id) == [3, 1])
  }

  @Test func `whoever resumes begins with nothing under way`() {
    let state = state(ExampleJournal.entries + [ExampleJournal.rest[0]])
    #expect(state.begun.isEmpty && state.pending.isEmpty)
    #expect(state.toUndo.count == 2)
  }

  @Test func `a run that was left half done is unfinished, until somebody takes it up`() {
    let left = JournalEntry.runLeft(JournalEnd(outcome: .failed, exitCode: 1))
    #expect(state(ExampleJournal.entries + [left]).left?.exitCode == 1)
    #expect(state(ExampleJournal.entries + [left]).isInterrupted)
    let resumed = state(ExampleJournal.entries + [left, ExampleJournal.rest[0]])
    #expect(resumed.left == nil && resumed.isInterrupted)
  }

  @Test func `a node that is begun again is not done`() {
    let state = state(ExampleJournal.entries + [.nodeStarted(node: 2, name: "SwapNginx")])
    #expect(state.done == [0, 1])
    #expect(state.begun == [3, 2])
  }

  @Test func `a run that changed nothing says so`() {
    #expect(!state(Array(ExampleJournal.entries.prefix(4))).hasChanged)
  }
}
