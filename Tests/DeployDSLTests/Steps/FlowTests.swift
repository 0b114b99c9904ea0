import DeployDSL
import Testing

/// Parallel with a limit, Retry and hooks: what they become.
@Suite struct FlowTests {
  /// Each node as `name<dependencies`.
  private func shape(@PlanBuilder _ steps: () -> Steps) throws -> [String] {
    try Deploy("app", steps: steps).graph().nodes.map { node in
      "\(node.name)<\(node.dependencies.map(String.init).joined(separator: ","))"
    }
  }

  private func step(_ name: String) -> ModifiedStep { Print(name).named(name) }

  @Test func `no more than the limit run at a time`() throws {
    let found = try shape {
      step("begin")
      Parallel(limit: 2) {
        for name in ["a", "b", "c", "d", "e"] { step(name) }
      }
      step("end")
    }
    #expect(found == ["begin<", "a<0", "b<0", "c<1", "d<2", "e<3", "end<4,5"])
  }

  @Test func `a limit counts branches that came out empty as none`() throws {
    let isWanted = false
    let found = try shape {
      Parallel(limit: 1) {
        step("a")
        Group("none") { if isWanted { step("x") } }
        step("b")
      }
      step("end")
    }
    #expect(found == ["a<", "b<0", "end<1"])
  }

  @Test func `hooks stand right before and after a step, without its policies`() throws {
    let graph = try Deploy("app") {
      step("a")
      Run("x").retry(3).named("x").before { step("b1") }.after { step("c") }.before { step("b2") }
      step("d")
    }.graph()
    #expect(graph.nodes.map(\.name) == ["a", "b1", "b2", "x", "c", "d"])
    #expect(graph.nodes.map(\.dependencies) == [[], [0], [1], [2], [3], [4]])
    #expect(graph.nodes.map(\.policies.retries) == [0, 0, 0, 3, 0, 0])
  }

  @Test func `hooks of a group stand around all of it, and in a branch of their own`() throws {
    let found = try shape {
      Parallel {
        Group("g") {
          step("x")
          step("y")
        }.before { step("b") }.after { step("a") }
        step("z")
      }
    }
    #expect(found == ["b<", "x<0", "y<1", "a<2", "z<"])
  }

  static let mistakes = [
    PlanCase(
      "no limit",
      "plan.swift:2:9: error: Parallel's limit is 0, so nothing would run; "
        + "give 1 or more, or none",
      plan: Deploy("app") {
        Parallel(limit: 0) { Print("b") }
      }),
    PlanCase(
      "no rounds",
      "plan.swift:2:9: error: Retry with 0 retries runs its steps once; give 1 or more",
      plan: Deploy("app") {
        Retry(0) { Print("b") }
      }),
    PlanCase(
      "side by side in a retry",
      "plan.swift:3:11: error: Parallel is not allowed in Retry, whose steps run in sequence; "
        + "put .retry on the steps, or Retry into the branches",
      plan: Deploy("app") {
        Retry(1) {
          Parallel {
            Print("a")
            Print("b")
          }
        }
      }),
    PlanCase(
      "the switch in a retry",
      "plan.swift:6:11: error: SwapNginx is not allowed in Retry: it runs once per deploy; "
        + "put it before or after the Retry",
      plan: Deploy("app") {
        DetectActive()
        Up(.target)
        Health()
        Retry(1) {
          SwapNginx()
        }
        Reload()
      }),
    PlanCase(
      "a retry beside the graph",
      "plan.swift:2:36: error: Retry is not allowed in an undo or in onFailure; "
        + "put .retry on the steps",
      plan: Deploy("app") {
        Run("a").undo { Retry(1) { Run("b") } }
      }),
    PlanCase(
      "a wait that its deadline cuts off",
      "plan.swift:3:11: error: Wait 30 s may take 5 s, but it waits 30 s; give a longer timeout, "
        + "or none",
      plan: Deploy("app") {
        Group("g") {
          Wait(30)
        }.timeout(5)
      }),
    PlanCase(
      "a time for several steps beside the graph",
      "plan.swift:2:38: error: a timeout for several steps is not allowed in an undo or in "
        + "onFailure; "
        + "put .timeout on the steps",
      plan: Deploy("app") {
        Run("a").undo { Group("g") { Run("b") }.timeout(1) }
      }),
  ]

  @Test(arguments: mistakes) func `what cannot be is a mistake at its line`(item: PlanCase) {
    #expect(item.plan.mistakes == item.mistakes)
  }
}
