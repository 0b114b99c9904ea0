import DeployDSL
import Testing

@testable import DeployRunner

@Suite("What a step with code of its own is given")
struct CodeHostTests {
  private static let rows = Key<Int>("rows")

  private struct Count: PrimitiveStep {
    var writes = Keys(CodeHostTests.rows)
    var isRepeatable = false
    func run(in context: StepContext) async throws {
      try await context.run("count")
      guard !context.isDryRun else { return }
      try context.set(CodeHostTests.rows, to: 42)
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

  private func run(
    _ plan: Deploy, _ options: RunOptions = RunOptions()
  ) async throws -> (report: RunReport, host: SimulatedHost, notes: [String]) {
    let host = SimulatedHost(for: plan.application)
    let run = try Deployer(executor: .mock(host), options: options).start(plan)
    var notes: [String] = []
    for await event in run.events {
      if case .note(let note) = event.kind { notes.append(note) }
    }
    return (await run.report(), host, notes)
  }

  @Test func `a value goes from one step to a later one`() async throws {
    let plan = Deploy("app") {
      Count()
      Check()
    }
    let (report, host, _) = try await run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.commands == ["count", "check 42"])
  }

  @Test func `a key that a step does not list is refused`() async throws {
    let reader = Deploy("app") {
      Count()
      Check(reads: Keys())
    }
    #expect(
      try await run(reader).report.failure?.description
        == "Check reads \"rows\" without declaring it; add the key to the step's reads")
    let writer = Deploy("app") { Count(writes: Keys()) }
    #expect(
      try await run(writer).report.failure?.description
        == "Count sets \"rows\" without declaring it; add the key to the step's writes")
  }

  @Test func `a key that was listed and never set is a clear failure`() async throws {
    struct Forgets: PrimitiveStep {
      let writes = Keys(CodeHostTests.rows)
      func run(in context: StepContext) async throws {}
    }
    let plan = Deploy("app") {
      Forgets()
      Check()
    }
    #expect(
      try await run(plan).report.failure?.message
        == "Check reads \"rows\", but no step has set it")
  }

  @Test func `in a dry run a step ends where it needs a value that nobody computed`() async throws {
    let plan = Deploy("app") {
      Count()
      Check()
    }
    let (report, host, notes) = try await run(plan, RunOptions(isDryRun: true))
    #expect(report.outcome == .succeeded)
    #expect(host.commands == [])
    #expect(notes == [#"the rest depends on "rows", which only a real run sets"#])
  }

  @Test func `a step is rehearsed on a simulated host, and described in a dry run`() async throws {
    let plan = Deploy("app") { Rehearsed() }
    let (report, host, _) = try await run(plan)
    #expect(host.commands == ["rehearsal"])
    #expect(report.warnings == ["look at it"])
    let dry = try await run(plan, RunOptions(isDryRun: true))
    #expect(dry.notes == ["would do it"] && dry.host.commands == [])
  }

  @Test(arguments: [false, true])
  func `a run that died goes on only if a lost value can be made again`(
    isRepeatable: Bool
  ) throws {
    let graph = try Deploy("app") {
      Count(isRepeatable: isRepeatable)
      Check()
      Print("end")
    }.graph()
    let died = JournalState([
      JournalRecord(
        number: 1, at: 0,
        entry: .nodeFinished(
          node: 0, status: .succeeded, milliseconds: 1, summary: "", failure: nil))
    ])
    let resumeState = ResumeState(state: died, graph: graph)
    #expect(resumeState.isDone(graph.nodes[0]) != isRepeatable)
    #expect(resumeState.lost.map(\.key) == (isRepeatable ? [] : ["rows"]))
    #expect(resumeState.lost.map(\.reader.name) == (isRepeatable ? [] : ["Check"]))
  }
}
