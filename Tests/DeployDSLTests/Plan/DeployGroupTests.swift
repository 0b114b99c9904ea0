import DeployDSL
import Synchronization
import Testing

@Suite struct DeployGroupTests {
  /// What a plan file reported to its session: groups open a line, plans say which one is theirs.
  private final class Record: Sendable {
    let seen = Mutex((lines: [String](), problems: [PlanDiagnostic]()))

    var lines: [String] { seen.withLock(\.lines) }
    var problems: [PlanDiagnostic] { seen.withLock(\.problems) }

    func listen(_ body: () throws -> Void) rethrows {
      let session = PlanSession(
        values: [:],
        onPlan: { plan in
          let group = PlanSession.currentGroup.map { "\($0.kind)" } ?? "alone"
          self.seen.withLock { $0.lines.append("\(plan.application.name) \(group)") }
        },
        onGroup: { group in
          let limit = group.limit.map { "\($0)" } ?? "all"
          self.seen.withLock { $0.lines.append("\(group.kind) \(limit)") }
        },
        onParameter: { _ in },
        onProblem: { problem in self.seen.withLock { $0.problems.append(problem) } })
      try PlanSession.$current.withValue(session, operation: body)
    }
  }

  private struct Trouble: Error {}

  private func declare(_ name: String) { Deploy(name) { DetectActive() } }

  @Test func `plans report the group that they stand in, and their order`() {
    let record = Record()
    record.listen {
      declare("a")
      inParallel(limit: 2) {
        declare("b")
        declare("c")
      }
      atomically { declare("d") }
      inParallel { Deploy("e") { DetectActive() } }
      declare("f")
    }
    #expect(
      record.lines == [
        "a alone", "inParallel 2", "b inParallel", "c inParallel", "atomically 1", "d atomically",
        "inParallel all", "e inParallel", "f alone",
      ])
    #expect(record.problems == [])
  }

  @Test func `a group outside a plan file makes its plans invalid`() throws {
    var plan: Deploy?
    atomically(file: "main.swift", line: 3, column: 1) { plan = Deploy("a") { DetectActive() } }
    #expect(try #require(plan).location.line == #line - 1)
    #expect(throws: PlanError.self) { try plan?.graph() }
    #expect(
      plan?.issues.hasSuffix(
        "error: `atomically` works only in a plan file; "
          + "make a DeploymentGroup of the plans, with the stage .atomically") == true)
  }

  @Test func `a group in a group is a problem at the inner one's line`() {
    let record = Record()
    var (outer, inner) = (0, 0)
    record.listen {
      outer = #line + 1
      atomically {
        inner = #line + 1
        inParallel { declare("a") }
      }
    }
    #expect(record.problems.count == 1)
    #expect(record.problems.first?.location.line == inner)
    #expect(
      record.problems.first?.problem == "`inParallel` is inside the `atomically` of line \(outer)")
    #expect(record.lines == ["atomically 1", "a atomically"])
  }

  @Test(arguments: [0, -3]) func `a limit that lets nothing begin is a problem`(limit: Int) {
    let record = Record()
    record.listen {
      inParallel(limit: limit) { declare("a") }
      atomically(limit: limit) { declare("b") }
    }
    #expect(
      record.problems.map(\.problem) == [
        "`inParallel` with the limit \(limit) would never start",
        "`atomically` with the limit \(limit) would never start",
      ])
  }

  @Test func `without a session a group only runs its block`() {
    var count = 0
    atomically { inParallel { count += 1 } }
    #expect(count == 1)
  }

  @Test func `what the block throws is thrown on`() {
    #expect(throws: Trouble.self) { try inParallel { throw Trouble() } }
    #expect(throws: Trouble.self) { try Record().listen { try atomically { throw Trouble() } } }
  }
}
