import DeployDSL
import Testing

@Suite struct SourceLocationTests {
  private func places(_ plan: Deploy) throws -> [String] {
    try plan.graph().nodes.map { node in
      #expect(node.location.file == #filePath)
      return "\(node.location.line - plan.location.line):\(node.location.column)"
    }
  }

  @Test func `a place reads as editors write it`() {
    #expect(
      "\(SourceLocation(file: "Plans/a b.swift", line: 7, column: 3))" == "Plans/a b.swift:7:3")
  }

  @Test func `a step's place is its own line and column`() throws {
    let several: [any Step] = [Wait(1), Wait(2)]
    let plan = Deploy("app") {
      DetectActive()
      if several.count == 2 { Up(.target) } else { Wait(9) }
      for time in 1...2 {
        Wait(.seconds(time))
      }
      several
      Parallel {
        Pull(.active)
        Group("g") { Print("x") }
      }
      Health(
        retries: 3
      )
      .named("modified")
    }
    #expect(
      try places(plan) == ["1:7", "2:31", "4:9", "4:9", "6:7", "6:7", "8:9", "9:22", "11:7"])
  }

  private struct Twice: Step {
    var body: Steps {
      Wait(1)
      Group("inside") { Wait(2) }
      Once()
    }
  }

  private struct Once: Step {
    var body: Steps { Wait(3) }
  }

  @Test func `steps of a composite step are placed where it was used`() throws {
    let plan = Deploy("app") {
      Wait(0)
      Twice()
      Group("outer") { Once().named("x") }
    }
    #expect(try places(plan) == ["1:7", "2:7", "2:7", "2:7", "3:24"])
  }

  @PlanBuilder private var part: Steps {
    Wait(1)
  }

  @Test func `steps of a part keep their own place`() throws {
    let plan = Deploy("app") { part }
    let place = try #require(try plan.graph().nodes.first?.location)
    #expect(place.line < plan.location.line && place.column == 5)
  }
}
