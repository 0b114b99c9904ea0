import DeployDSL
import Testing

@Suite struct PlanDiagnosticTests {
  private func diagnostic(_ problem: String, _ file: String, _ line: Int, _ column: Int)
    -> PlanDiagnostic
  {
    PlanDiagnostic(
      problem, fix: "mend it", at: SourceLocation(file: file, line: line, column: column))
  }

  @Test func `a problem reads as compilers write it`() {
    #expect("\(diagnostic("it broke", "a.swift", 3, 7))" == "a.swift:3:7: error: it broke; mend it")
  }

  @Test func `problems are put in the order of the source, each once`() {
    let error = PlanError([
      diagnostic("four", "b.swift", 1, 1), diagnostic("three", "a.swift", 10, 1),
      diagnostic("two", "a.swift", 2, 5), diagnostic("one", "a.swift", 2, 1),
      diagnostic("two again", "a.swift", 2, 5), diagnostic("two", "a.swift", 2, 5),
    ])
    #expect(
      "\(error)" == """
        a.swift:2:1: error: one; mend it
        a.swift:2:5: error: two; mend it
        a.swift:2:5: error: two again; mend it
        a.swift:10:1: error: three; mend it
        b.swift:1:1: error: four; mend it
        """)
  }
}
