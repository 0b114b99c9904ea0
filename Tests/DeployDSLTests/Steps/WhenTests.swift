import DeployDSL
import Testing

@Suite struct WhenTests {
  @Test func `both branches hang on the condition and meet again`() throws {
    let graph = try Deploy("app") {
      DetectActive()
      When(.active(is: .blue)) {
        Print("a")
        Print("b")
      } otherwise: {
        Print("c")
      }
      Print("d")
    }.graph()
    let nodes = graph.nodes
    #expect(
      nodes.map(\.name) == [
        "DetectActive", "When active is blue", "Print", "Print", "Print", "meeting", "Print",
      ])
    #expect(nodes.map(\.dependencies) == [[], [0], [1], [2], [1], [3, 4], [5]])
    #expect(nodes[3].guards.map(\.node) == [1] && nodes[3].guards.map(\.expects) == [true])
    #expect(nodes[4].guards.map(\.expects) == [false])
    #expect(nodes[5].guards.isEmpty && nodes[6].guards.isEmpty)
    #expect(graph.scopes.map(\.name) == ["if active is blue", "otherwise"])
    #expect(nodes[2].excludes(nodes[4]) && !nodes[2].excludes(nodes[3]))
  }

  @Test func `a branch may be empty, and a condition may be code`() throws {
    let graph = try Deploy("app") {
      When { _ in
        true
      } then: {
        Print("a")
      }
      When("it rains") {
        $0.application.name == "app"
      } then: {
        Print("b")
      } otherwise: {
        Print("c")
      }
    }.graph()
    #expect(graph.nodes.map(\.dependencies) == [[], [0], [0, 1], [2], [3], [3], [4, 5]])
    #expect(graph.nodes[0].name == "When the plan's condition holds")
    #expect(graph.nodes[3].name == "When it rains")
  }

  @Test func `a condition says what it asks`() {
    let condition: Condition =
      .active(is: .blue) && !(.isRunning(.previous) || .exists("a b")) || .environment("CI")
    #expect(
      condition.question.summary
        == "(active is blue and not (previous is running or a b exists)) or CI is set")
    #expect(Condition.environment("A", is: "b").question.summary == "A is \"b\"")
    #expect(condition.question.role == .active)
  }

  @Test func `each branch may hold the whole switch`() {
    let plan = Deploy("app") {
      DetectActive()
      When(.target(is: .green)) {
        Build(.target)
        Up(.target)
        Health()
        SwapNginx()
        Reload()
        Stop(.previous)
      } otherwise: {
        Pull(.target)
        Up(.target)
        Health()
        SwapNginx()
        Reload()
        Drain()
        Stop(.previous)
      }
      Prune()
    }
    #expect(plan.mistakes.isEmpty, "\(plan.mistakes)")
  }

  @Test func `what both branches do counts after them`() {
    let plan = Deploy("app") {
      DetectActive()
      When(.exists("slow")) {
        Up(.target)
        Health(retries: 60)
      } otherwise: {
        Up(.target)
        Health()
      }
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    #expect(plan.mistakes.isEmpty, "\(plan.mistakes)")
  }

  static let mistakes = [
    PlanCase(
      "a gate in one branch alone",
      "plan.swift:7:9: error: SwapNginx comes before any health check of the target; "
        + "put Health() between Up(.target) and SwapNginx()",
      plan: Deploy("app") {
        DetectActive()
        Up(.target)
        When(.exists("checked")) {
          Health()
        }
        SwapNginx()
        Reload()
      }),
    PlanCase(
      "a start in one branch without a gate",
      "plan.swift:9:9: error: no health check runs between Up target at line LINE and SwapNginx; "
        + "put Health() between them",
      plan: Deploy("app") {
        DetectActive()
        Up(.target)
        Health()
        When(.exists("twice")) {
          Up(.target)
        }

        SwapNginx()
        Reload()
      }),
    PlanCase(
      "a switch in one branch alone",
      "plan.swift:8:9: error: Reload comes after a SwapNginx that only one branch of When has; "
        + "put Reload() into that branch",
      plan: Deploy("app") {
        DetectActive()
        Up(.target)
        Health()
        When(.exists("go")) {
          SwapNginx()
        }
        Reload()
      }),
    PlanCase(
      "a reload in one branch alone",
      "plan.swift:5:9: error: SwapNginx is not followed by Reload on every way through the plan; "
        + "put Reload() right after it, in the same branch",
      plan: Deploy("app") {
        DetectActive()
        Up(.target)
        Health()
        SwapNginx()
        When(.exists("go")) {
          Reload()
        }
      }),
    PlanCase(
      "stopping after a switch that may not have been",
      "plan.swift:9:9: error: Stop(.previous) comes before the switch, "
        + "while the proxy still serves it; put it after SwapNginx() and Reload()",
      plan: Deploy("app") {
        DetectActive()
        Up(.target)
        Health()
        When(.exists("go")) {
          SwapNginx()
          Reload()
        }
        Stop(.previous)
      }),
    PlanCase(
      "a role that is not bound",
      "plan.swift:2:9: error: When target is green needs the target colour, "
        + "but no DetectActive() comes before; begin the plan with DetectActive()",
      plan: Deploy("app") {
        When(.target(is: .green)) { Print("a") }
      }),
    PlanCase(
      "nothing in it",
      "plan.swift:2:9: error: When has no steps; put at least one step into it, or remove it",
      plan: Deploy("app") {
        When(.exists("a")) {}
      }),
    PlanCase(
      "no path",
      "plan.swift:2:9: error: a condition checks a file without a path; name it",
      plan: Deploy("app") {
        When(.exists("")) { Print("a") }
      }),
  ]

  @Test(arguments: mistakes) func `what only one branch does is not relied on`(item: PlanCase) {
    let found = item.plan.mistakes.replacing(
      "line \(item.plan.location.line + 5)", with: "line LINE")
    #expect(found == item.mistakes)
  }

  @Test func `a value counts after a When only if both branches set it`() {
    let rows = Key<Int>("rows")
    struct Set: PrimitiveStep {
      let writes: Keys
      func run(in context: StepContext) async throws {}
    }
    struct Get: PrimitiveStep {
      let reads: Keys
      func run(in context: StepContext) async throws {}
    }
    func plan(_ both: Bool) -> Deploy {
      Deploy("app") {
        When(.exists("a")) {
          Set(writes: Keys(rows))
        } otherwise: {
          if both { Set(writes: Keys(rows)) }
        }
        Get(reads: Keys(rows))
        When("rows", reads: Keys(rows)) { _ in
          true
        } then: {
          Print("a")
        }
      }
    }
    #expect(plan(true).mistakes.isEmpty, "\(plan(true).mistakes)")
    #expect(plan(false).mistakes.contains("Get reads \"rows\", but does not come after"))
    #expect(plan(false).mistakes.contains("When rows reads \"rows\""))
  }
}
