import DeployDSL
import Testing

@Suite struct PlanBuilderTests {
  private func names(@PlanBuilder _ steps: () -> Steps) -> [String] {
    let plan = Deploy("app") {
      DetectActive()
      steps()
    }
    return (try? plan.graph().nodes.dropFirst().map(\.name)) ?? [plan.issues]
  }

  @Test(arguments: [(true, ["Pull target", "Print"]), (false, ["Build target", "Print"])])
  func `if and else choose`(isReleased: Bool, expected: [String]) {
    let found = names {
      if isReleased { Pull(.target) } else { Build(.target) }
      Print("chosen")
    }
    #expect(found == expected)
  }

  @Test(arguments: [(true, ["Pull target", "Print"]), (false, ["Print"])])
  func `if without else adds or leaves out`(isReleased: Bool, expected: [String]) {
    let found = names {
      if isReleased { Pull(.target) }
      Print("x")
    }
    #expect(found == expected)
  }

  @Test(arguments: zip(["a", "b", "c"], [["Wait 1 s"], ["Wait 2 s", "Print"], []]))
  func `switch chooses`(mode: String, expected: [String]) {
    let found = names {
      switch mode {
      case "a": Wait(1)
      case "b":
        Wait(2)
        Print("b")
      default: Steps()
      }
    }
    #expect(found == expected)
  }

  @Test func `for adds a step for each round`() {
    let found = names { for seconds in 1...3 { Wait(.seconds(seconds)) } }
    #expect(found == ["Wait 1 s", "Wait 2 s", "Wait 3 s"])
  }

  @Test func `if let and availability add what they hold`() {
    let time: Int? = 4
    let found = names {
      if let time { Wait(.seconds(time)) }
      if #available(macOS 15, *) { Wait(5) }
    }
    #expect(found == ["Wait 4 s", "Wait 5 s"])
  }

  @Test func `a step that may be absent is added if it is there`() {
    let some: Wait? = Wait(1)
    let none: Wait? = nil
    let any: (any Step)? = Wait(2)
    let noAny: (any Step)? = nil
    let found = names {
      some
      none
      any
      noAny
    }
    #expect(found == ["Wait 1 s", "Wait 2 s"])
  }

  @Test func `steps of any type and lists of steps are taken`() {
    let one: any Step = Wait(1)
    let several: [any Step] = [Wait(2), Print("x")]
    let same = [Wait(3), Wait(4)]
    let found = names {
      one
      several
      same
      Steps([Wait(5)])
    }
    #expect(found == ["Wait 1 s", "Wait 2 s", "Print", "Wait 3 s", "Wait 4 s", "Wait 5 s"])
  }

  @PlanBuilder private func part(_ isLong: Bool) -> Steps {
    Wait(1)
    if isLong { Wait(2) }
  }

  @Test func `a function can be a part of a plan`() {
    let found = names {
      part(true)
      part(false)
    }
    #expect(found == ["Wait 1 s", "Wait 2 s", "Wait 1 s"])
  }

  @Test func `groups and parallels nest`() {
    let found = names {
      Group("outer") {
        Wait(1)
        Parallel {
          Wait(2)
          Group("inner") { Wait(3) }
        }
      }
    }
    #expect(found == ["Wait 1 s", "Wait 2 s", "Wait 3 s"])
  }

  @Test func `a list knows how many steps it has`() {
    #expect(Steps().count == 0)
    #expect(Steps([Wait(1), Group("a") { Wait(2) }]).count == 2)
  }
}
