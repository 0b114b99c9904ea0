import DeployDSL
import Testing

@Suite struct KeyTests {
  private static let rows = Key<Int>("rows")

  private struct Writer: PrimitiveStep {
    let summary = "count rows"
    let writes = Keys(KeyTests.rows)
    func run(in context: StepContext) async throws {}
  }

  private struct Reader: PrimitiveStep {
    let summary = "check rows"
    var reads = Keys(KeyTests.rows)
    func run(in context: StepContext) async throws {}
  }

  @Test func `two keys with one name and type are the same key`() {
    #expect(Keys.ID(Key<Int>("a")) == Keys.ID(Key<Int>("a")))
    #expect(Keys.ID(Key<Int>("a")) != Keys.ID(Key<Int>("b")))
    #expect(Keys.ID(Key<Int>("a")) != Keys.ID(Key<String>("a")))
  }

  @Test func `a key that an earlier step sets may be read`() {
    let plan = Deploy("app") {
      Writer()
      Parallel {
        Reader()
        Wait(1)
      }
    }
    #expect(plan.mistakes.isEmpty)
  }

  @Test func `a key that nothing sets is a mistake of the step that reads it`() {
    let plan = Deploy("app") {
      DetectActive()
      Reader()
    }
    #expect(
      plan.mistakes
        == "plan.swift:3:7: error: check rows reads \"rows\", but no step sets it; "
        + "put a step before it that lists the key in its writes")
  }

  @Test func `a key that is set too late or beside is a mistake`() {
    let late = Deploy("app") {
      Reader()
      Writer()
    }
    let beside = Deploy("app") {
      Parallel {
        Writer()
        Reader()
      }
    }
    #expect(
      late.mistakes == "plan.swift:2:7: error: check rows reads \"rows\", but does not come after "
        + "count rows at line \(late.location.line + 2), which sets it; "
        + "put it after that step, not in parallel")
    #expect(beside.mistakes.hasPrefix("plan.swift:4:9: error: check rows reads"))
  }

  @Test func `a key of another type is told apart`() {
    let plan = Deploy("app") {
      Writer()
      Reader(reads: Keys(Key<String>("rows")))
    }
    #expect(plan.mistakes.contains("as another type than count rows at line"))
  }
}
