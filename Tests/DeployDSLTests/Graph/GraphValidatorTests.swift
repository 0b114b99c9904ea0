import DeployDSL
import Testing

@Suite struct GraphValidatorTests {
  private struct Endless: Step {
    var body: Steps {
      Wait(1)
      Endless()
      Endless().named("again")
    }
  }

  private struct Nested: Step {
    let depth: Int
    var body: Steps { if depth > 1 { Nested(depth: depth - 1) } else { Wait(1) } }
  }

  @Test func `a body that contains itself is found, once, where it was used`() {
    let plan = Deploy("app") {
      DetectActive()
      Endless()
      Endless()
    }
    #expect(
      plan.mistakes == """
        plan.swift:3:7: error: the body of Endless contains itself; \
        let a step's body end in primitive steps
        """)
  }

  private struct Both: PrimitiveStep {
    var body: Steps { Wait(1) }
    func run(in context: StepContext) async throws {}
  }

  @Test func `code that a body of one's own would hide is found`() {
    let plan = Deploy("app") {
      DetectActive()
      Both()
    }
    #expect(
      plan.mistakes == """
        plan.swift:3:7: error: Both has code of its own and a body of other steps, \
        so that its code would not run; remove one of them, or make the code a step of the body
        """)
  }

  @Test func `bodies may stand in each other, groups as deep as one likes`() throws {
    var step: any Step = Wait(1)
    for number in 0..<200 {
      let inner = step
      step = Group("\(number)") { inner }
    }
    #expect(try Deploy("app") { Nested(depth: 64) }.graph().nodes.count == 1)
    #expect(try Deploy("app") { step }.graph().nodes.first?.scopes.count == 200)
    #expect(!Deploy("app") { Nested(depth: 65) }.mistakes.isEmpty)
  }

  @Test func `a plan without steps is refused`() {
    let isWanted = false
    let text = """
      plan.swift:1:22: error: the plan "app" has no steps; \
      begin with DetectActive(), Up(.target), Health(), SwapNginx(), Reload()
      """
    let plan = Deploy("app") {}
    #expect(plan.mistakes == text)
    let none = Deploy("app") { if isWanted { Wait(1) } }
    #expect(none.mistakes == text)
  }

  @Test func `a block with nothing written in it is refused`() {
    let plan = Deploy("app") {
      Wait(1)
      Group("first") {}
      Parallel {}
    }
    #expect(
      plan.mistakes == """
        plan.swift:3:7: error: the group "first" has no steps; put at least one step into it, or \
        remove it
        plan.swift:4:7: error: Parallel has no steps; put at least one step into it, or remove it
        """)
  }

  @Test func `a name that stands twice is refused at the second`() {
    let plan = Deploy("app") {
      Wait(1).named("pause")
      Wait(2).named("break")
      Group("pause") { Wait(3).named("pause") }
    }
    let first = plan.location.line + 1
    #expect(
      plan.mistakes == """
        plan.swift:4:24: error: two steps are named "pause", the first at line \(first); \
        give each a name of its own
        """)
  }

  @Test func `a mistake in a loop is shown once`() {
    let plan = Deploy("app") { for _ in 1...3 { Wait(-1) } }
    #expect(plan.mistakes == "plan.swift:1:49: error: Wait's time is negative; give 0 or more")
  }

  @Test func `all mistakes are told at once, in the order of the source, at their real places`() {
    let line = #line + 1
    let plan = Deploy("app", port: 0) {
      Up(.target)
      Health(retries: 0, every: -1)
      Stop(.previous)
      Group("empty") {}
      SwapNginx()
      Run("echo hello")
    }
    let place = { (offset: Int, column: Int) in "\(#filePath):\(line + offset):\(column): error:" }
    let text = """
      \(place(0, 22)) port 0 is not a valid port; use 1 to 65535
      \(place(1, 7)) Up target needs the target colour, but no DetectActive() comes before; \
      begin the plan with DetectActive()
      \(place(2, 7)) Health with 0 retries never probes; give 1 or more
      \(place(2, 7)) Health's every is -1 s; give a time above 0
      \(place(3, 7)) Stop(.previous) comes before the switch, while the proxy still serves it; \
      put it after SwapNginx() and Reload()
      \(place(4, 7)) the group "empty" has no steps; put at least one step into it, or remove it
      \(place(5, 7)) SwapNginx is never followed by Reload, so nothing would be switched; \
      add Reload() after it
      \(place(6, 7)) Run needs the program and its arguments as separate strings, no shell splits \
      "echo hello"; write "echo", "hello"
      """
    do throws(PlanError) {
      _ = try plan.graph()
      Issue.record("the plan is valid")
    } catch {
      #expect("\(error)" == text)
    }
  }
}
