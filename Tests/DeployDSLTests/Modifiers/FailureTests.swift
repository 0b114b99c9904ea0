import DeployDSL
import Testing

@Suite("What a plan says about failures") struct FailureTests {
  @Test("an undo's steps are compiled with the step that they take back")
  func undo() throws {
    let graph = try Deploy("app") {
      DetectActive()
      Run("flag", "on").undo {
        Run("flag", "off").retry(2)
        Print("off")
      }
      Run("plain")
    }.graph()
    let undo = try #require(graph.nodes[1].undo)
    #expect(undo.map(\.name) == ["Run flag", "Print"])
    #expect(undo[0].policies.retries == 2)
    #expect(graph.nodes[2].undo == nil)
  }

  @Test("an empty undo takes nothing back")
  func emptyUndo() throws {
    let graph = try Deploy("app") {
      DetectActive()
      Up(.target).undo {}
    }.graph()
    #expect(graph.nodes[1].undo == [])
  }

  @Test("what a failure means is inherited from the group, and can be said otherwise")
  func policies() throws {
    let graph = try Deploy("app") {
      Group("tell") {
        Run("a")
        Run("b").onFailure(.rollback)
      }.onFailure(.continue)
      Run("c")
      Run("d").onFailure(.stop)
    }.graph()
    #expect(graph.nodes.map(\.policies.onFailure) == [.continue, .rollback, .rollback, .stop])
  }

  @Test("what follows a failure is compiled beside the graph")
  func onFailure() throws {
    let graph = try Deploy("app") {
      DetectActive()
    } onFailure: {
      Run("notify")
      Print("told")
    }.graph()
    #expect(graph.nodes.count == 1)
    #expect(graph.onFailure.map(\.name) == ["Run notify", "Print"])
  }

  @Test("two graphs that differ in an undo or in what follows a failure are not equal")
  func equality() throws {
    func graph(_ undo: String?, _ end: String?) throws -> StepGraph {
      let step = undo.map { text in Run("a").undo { Print(text) } as any Step } ?? Run("a")
      return try Deploy("app", file: "", line: 1, column: 1) {
        Steps([step], file: "", line: 2, column: 1)
      } onFailure: {
        Steps(end.map { [Print($0)] } ?? [], file: "", line: 3, column: 1)
      }.graph()
    }
    #expect(try graph("x", "y") == graph("x", "y"))
    #expect(try graph("x", "y") != graph("z", "y"))
    #expect(try graph("x", "y") != graph(nil, "y"))
    #expect(try graph("x", "y") != graph("x", "z"))
    #expect(try graph("x", "y") != graph("x", nil))
  }

  @Test("what a switch relies on cannot be passed over")
  func passedOver() {
    for step in [DetectActive(), Up(.target), Health(), SwapNginx(), Reload(), Watch(for: 1)]
      as [any BuiltInStep]
    {
      let plan = Deploy.with(step.onFailure(.continue))
      #expect(
        plan.mistakes.contains(
          "\(step.title) cannot continue on failure: later steps depend on it; "
            + "use .onFailure(.rollback) or .onFailure(.stop)"), "\(plan.mistakes)")
    }
    for step in [Pull(.target), Run("a"), Prune(), Print("a"), Wait(1)] as [any BuiltInStep] {
      #expect(!Deploy.with(step.onFailure(.continue)).mistakes.contains("passed over"))
    }
  }

  @Test("the switch's own undo cannot be replaced")
  func switchUndo() {
    #expect(
      Deploy.with(SwapNginx().undo { Print("a") }).mistakes.contains(
        "the undo of SwapNginx cannot be replaced: it keeps the proxy on a service that runs; put "
          + ".undo on another step"))
  }

  @Test("only what cannot harm the service stands in an undo or after a failure")
  func kinds() {
    #expect(
      Deploy.with(Run("a").undo { Stop(.previous) }).mistakes.contains(
        "Stop previous is not allowed in an undo; use Run, Exec, Job, Request, Notify, Print, Wait, "
          + "Stop(.target) or a step "
          + "with code of your own"))
    #expect(!Deploy.with(Run("a").undo { Stop(.target) }).mistakes.contains("not allowed in"))
    let plan = Deploy("app") {
      DetectActive()
    } onFailure: {
      Reload()
    }
    #expect(
      plan.mistakes.contains(
        "Reload is not allowed in onFailure; use Run, Exec, Job, Request, Notify, Print, Wait or a "
          + "step with code of your own"
      ))
  }

  @Test("an undo needs its colours when its step begins")
  func roles() {
    let plan = Deploy("app", file: "", line: 1, column: 1) {
      Steps([Run("a").undo { Stop(.target) }, DetectActive()], file: "", line: 2, column: 3)
    }
    #expect(
      plan.mistakes == """
        plan.swift:2:3: error: the undo of Run a needs the target colour, but no DetectActive() \
        comes before; begin the plan with DetectActive()
        """)
  }

  @Test("mistakes within an undo are found at their place")
  func values() {
    #expect(Deploy.with(Run("a").undo { Wait(-1) }).mistakes.contains("Wait's time is negative"))
    #expect(
      Deploy.with(Run("a").undo { Run("b").undo { Print("c") } }).mistakes.contains(
        "a step in an undo has no undo of its own; remove the .undo"))
    #expect(
      Deploy.with(Group("g") { Print("a") }.undo { Print("b") }).mistakes.contains(
        "g is made of steps, each with an undo of its own; put .undo on a step in it"))
    #expect(
      Deploy("app") {
        DetectActive()
      } onFailure: {
      }.mistakes.contains("onFailure has no steps"))
  }
}
