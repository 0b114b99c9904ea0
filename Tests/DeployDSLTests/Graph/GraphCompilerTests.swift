import DeployDSL
import Testing

@Suite struct GraphCompilerTests {
  private static func step(_ name: String) -> ModifiedStep { Print(name).named(name) }

  private static func steps(@PlanBuilder _ steps: () -> Steps) -> Steps { steps() }

  private static let isWanted = false

  /// Steps, and the nodes that they become, each as `NAME<DEPENDENCIES`.
  private static let shapes: [(Steps, String)] = [
    (
      steps {
        step("a"); step("b"); step("c")
      }, "a< b<0 c<1"
    ),
    (
      steps {
        step("a");
        Parallel {
          step("b"); step("c")
        }; step("d")
      }, "a< b<0 c<0 d<1,2"
    ),
    // A group is one branch, and parallels within each other need no node to meet.
    (
      steps {
        Parallel {
          Group("g") {
            step("a"); step("b")
          }; step("c")
        }; step("d")
      },
      "a< b<0 c< d<1,2"
    ),
    (
      steps {
        step("a");
        Parallel {
          Parallel {
            step("b"); step("c")
          }; step("d")
        }; step("e")
      },
      "a< b<0 c<0 d<0 e<1,2,3"
    ),
    (
      steps {
        Parallel {
          step("a"); step("b")
        };
        Parallel {
          step("c"); step("d")
        }.retry(3)
      },
      "a< b< join<0,1 c<2 d<2"
    ),
    // What came out empty changes nothing.
    (
      steps {
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
      }, "a< b<0 c<1"
    ),
    // Limits.
    (
      steps {
        step("begin")
        Parallel(limit: 2) { for name in ["a", "b", "c", "d", "e"] { step(name) } }
        step("end")
      }, "begin< a<0 b<0 c<1 d<2 e<3 end<4,5"
    ),
    (
      steps {
        Parallel(limit: 1) {
          step("a")
          Group("none") { if isWanted { step("x") } }
          step("b")
        }
        step("end")
      }, "a< b<0 end<1"
    ),
    // Hooks.
    (
      steps {
        step("a")
        step("x").before { step("b1") }.after { step("c") }.before { step("b2") }
        step("d")
      }, "a< b1<0 b2<1 x<2 c<3 d<4"
    ),
    (
      steps {
        Parallel {
          Group("g") {
            step("x"); step("y")
          }.before { step("b") }.after { step("a") }
          step("z")
        }
      }, "b< x<0 y<1 a<2 z<"
    ),
  ]

  @Test(arguments: shapes.indices) func `steps become nodes that wait for each other`(
    index: Int
  ) throws {
    let (steps, shape) = Self.shapes[index]
    let found = try Deploy("app") { steps }.graph().nodes.map { node in
      "\(node.name)<\(node.dependencies.map(String.init).joined(separator: ","))"
    }
    #expect(found.joined(separator: " ") == shape)
  }

  @Test func `joins and hooks do not inherit the policies of the step`() throws {
    let joined = try Deploy("app") {
      Parallel {
        Print("a"); Print("b")
      }
      Parallel {
        Print("c"); Print("d")
      }.retry(3).timeout(perAttempt: 2)
    }.graph().nodes
    #expect(joined.map(\.policies.retries) == [0, 0, 0, 3, 3])
    #expect(joined[2].kind == "join" && joined[2].policies == Policies())
    let hooked = try Deploy("app") {
      Run("x").retry(3).before { Print("b") }.after { Print("c") }
    }.graph().nodes
    #expect(hooked.map(\.policies.retries) == [0, 3, 0])
  }

  @Test func `scopes are the groups and composite steps around a node`() throws {
    struct Refresh: Step {
      var body: Steps { Print("in") }
    }
    let graph = try Deploy("app") {
      Group("outer") {
        Print("a"); Refresh(); Refresh().named("again")
      }
    }.graph()
    let names = graph.nodes.map { node in node.scopes.map { graph.scopes[$0].name } }
    #expect(names == [["outer"], ["outer", "Refresh"], ["outer", "again"]])
  }
}
