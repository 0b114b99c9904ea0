import DeployDSL
import Testing

@Suite struct GraphCompilerTests {
  /// Each node as `name<dependencies`.
  private func shape(@PlanBuilder _ steps: () -> Steps) throws -> [String] {
    try Deploy("app", steps: steps).graph().nodes.map { node in
      "\(node.name)<\(node.dependencies.map(String.init).joined(separator: ","))"
    }
  }

  private func step(_ name: String) -> ModifiedStep { Print(name).named(name) }

  @Test func `steps in order wait for the one before`() throws {
    let found = try shape {
      step("a")
      step("b")
      step("c")
    }
    #expect(found == ["a<", "b<0", "c<1"])
  }

  @Test func `branches wait for what is before, what follows waits for all of them`() throws {
    let found = try shape {
      step("a")
      Parallel {
        step("b")
        step("c")
      }
      step("d")
    }
    #expect(found == ["a<", "b<0", "c<0", "d<1,2"])
  }

  @Test func `a group in a parallel is one branch in order`() throws {
    let found = try shape {
      Parallel {
        Group("g") {
          step("a")
          step("b")
        }
        step("c")
      }
      step("d")
    }
    #expect(found == ["a<", "b<0", "c<", "d<1,2"])
  }

  @Test func `a parallel after a parallel begins at a node where they meet`() throws {
    let found = try shape {
      Parallel {
        step("a")
        step("b")
      }
      Parallel {
        step("c")
        step("d")
      }
      .retry(3)
    }
    #expect(found == ["a<", "b<", "join<0,1", "c<2", "d<2"])
  }

  @Test func `where branches meet nothing is tried again`() throws {
    let nodes = try Deploy("app") {
      Parallel {
        Print("a")
        Print("b")
      }
      Parallel {
        Print("c")
        Print("d")
      }
      .retry(3).timeout(perAttempt: 2)
    }.graph().nodes
    #expect(nodes.map(\.policies.retries) == [0, 0, 0, 3, 3])
    #expect(nodes[2].kind == "join")
    #expect(nodes[2].policies == Policies())
  }

  @Test func `a parallel in a parallel needs no node to meet`() throws {
    let found = try shape {
      step("a")
      Parallel {
        Parallel {
          step("b")
          step("c")
        }
        step("d")
      }
      step("e")
    }
    #expect(found == ["a<", "b<0", "c<0", "d<0", "e<1,2,3"])
  }

  @Test func `a block that came out empty changes nothing`() throws {
    let isWanted = false
    let found = try shape {
      step("a")
      Group("empty") { if isWanted { step("x") } }
      Parallel {
        if isWanted { step("x") }
        Group("none") { for _ in 0..<0 { step("x") } }
        step("b")
        Group("neither") { [] as [any Step] }
      }
      Parallel { for _ in 0..<0 { step("x") } }
      step("c")
    }
    #expect(found == ["a<", "b<0", "c<1"])
  }

  @Test func `scopes are the groups and steps of one's own around a node`() throws {
    struct Refresh: Step {
      var body: Steps { Print("in") }
    }
    let graph = try Deploy("app") {
      Group("outer") {
        Print("a")
        Refresh()
        Refresh().named("again")
      }
    }.graph()
    let names = graph.nodes.map { node in node.scopes.map { graph.scopes[$0].name } }
    #expect(names == [["outer"], ["outer", "Refresh"], ["outer", "again"]])
  }
}
