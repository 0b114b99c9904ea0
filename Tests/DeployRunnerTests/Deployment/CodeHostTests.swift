import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// What a step with code of its own is given.
@Suite struct CodeHostTests {
  private static let rows = Key<Int>("rows")

  private struct Count: PrimitiveStep {
    var writes = Keys(CodeHostTests.rows)
    var isRepeatable = false
    var sets = true
    func run(in context: StepContext) async throws {
      try await context.run("count")
      if sets, !context.isDryRun { try context.set(CodeHostTests.rows, to: 42) }
    }
  }

  private struct Check: PrimitiveStep {
    var reads = Keys(CodeHostTests.rows)
    func run(in context: StepContext) async throws {
      let rows = try context.value(of: CodeHostTests.rows)
      try await context.run("check", "\(rows)")
    }
  }

  private struct Rehearsed: PrimitiveStep {
    func run(in context: StepContext) async throws {
      guard !context.isDryRun else { return context.log("would do it") }
      try await context.run(context.isRehearsal ? "rehearsal" : "real")
      context.warn("look at it")
    }
  }

  private static func plan(_ steps: any Step...) -> Deploy { Deploy("app") { steps } }

  @Test func `a value goes from one step to a later one`() async throws {
    let run = try await Self.plan(Count(), Check()).rehearse()
    #expect(run.outcome == .succeeded && run.host.commands == ["count", "check 42"])
  }

  @Test(
    arguments: [
      (
        plan(Count(), Check(reads: Keys())),
        "Check reads \"rows\" without declaring it; add the key to the step's reads"
      ),
      (
        plan(Count(writes: Keys())),
        "Count sets \"rows\" without declaring it; add the key to the step's writes"
      ),
      (plan(Count(sets: false), Check()), "Check reads \"rows\", but no step has set it"),
    ])
  func `a key that was not declared, or not set, is a clear failure`(
    plan: Deploy, message: String
  ) async throws {
    let failure = try await plan.rehearse().report.failure
    #expect(failure?.description.hasPrefix(message) == true, "\(String(describing: failure))")
  }

  @Test func `in a dry run a step ends where it needs a value that was not computed`()
    async throws
  {
    let run = try await Self.plan(Count(), Check()).rehearse(options: RunOptions(isDryRun: true))
    #expect(run.outcome == .succeeded && run.host.commands == [])
    #expect(run.notes == [#"the rest depends on "rows", which only a real run sets"#])
  }

  @Test func `a step is rehearsed on a simulated host, and described in a dry run`() async throws {
    let run = try await Self.plan(Rehearsed()).rehearse()
    #expect(run.host.commands == ["rehearsal"] && run.report.warnings == ["look at it"])
    let dry = try await Self.plan(Rehearsed()).rehearse(options: RunOptions(isDryRun: true))
    #expect(dry.notes == ["would do it"] && dry.host.commands == [])
  }

  @Test(arguments: [false, true])
  func `a run that was killed continues only if a lost value can be computed again`(
    isRepeatable: Bool
  ) throws {
    let graph = try Self.plan(Count(isRepeatable: isRepeatable), Check(), Print("end")).graph()
    let ended = JournalEntry.nodeFinished(
      node: 0, status: .succeeded, milliseconds: 1, summary: "", failure: nil)
    let killed = JournalState([JournalRecord(number: 1, at: 0, entry: ended)])
    let resumption = ResumeState(state: killed, graph: graph)
    #expect(resumption.isDone(graph.nodes[0]) != isRepeatable)
    #expect(resumption.lost.map(\.key) == (isRepeatable ? [] : ["rows"]))
    #expect(resumption.lost.map(\.reader.name) == (isRepeatable ? [] : ["Check"]))
  }
}
