import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

@Suite struct StepGraphValidationTests {
  private static func graph() throws -> StepGraph {
    try Deploy("app", file: "p.swift", line: 1, column: 1) {
      DetectActive()
      Up(.target)
      Health()
      Retry(1) {
        Group("pair") {
          Run("a"); Run("b")
        }
      }
      When(.exists("f")) {
        Run("c")
      } otherwise: {
        Run("d")
      }
      SwapNginx()
      Reload()
      Stop(.previous).undo { Run("e") }
    } onFailure: {
      Run("f")
    }.graph()
  }

  private static let damages: [(String, @Sendable (inout StepGraph) -> Void)] = [
    ("which does not come before it", { $0.nodes[2].dependencies = [2] }),
    ("waits for node 99", { $0.nodes[2].dependencies = [99] }),
    ("waits for node -1", { $0.nodes[2].dependencies = [-1] }),
    ("waits for node 3", { $0.nodes[1].dependencies = [3] }),
    ("has the number 7", { $0.nodes[1].id = 7 }),
    ("has the number", { $0.nodes.remove(at: 1) }),
    ("has the number", { $0.nodes.swapAt(1, 2) }),
    ("is in the group 99", { $0.nodes[1].scopes = [99] }),
    ("is in the group", { $0.scopes = [] }),
    ("which is not an earlier condition", { $0.nodes[1].guards = [$0.nodes[6].guards[0]] }),
    (
      "depends on the condition of node 99",
      { graph in
        var item = graph.nodes[6].guards[0]
        item.node = 99
        graph.nodes[6].guards = [item]
      }
    ),
    ("but does not wait for it", { $0.nodes[6].dependencies = [4] }),
    ("has lost its code", { $0.nodes[1].step = GraphPoint.condition(summary: "x") }),
    ("has lost its code", { $0.nodes[1].step = GraphPoint.code(summary: "x") }),
    ("is outside the graph", { $0.onFailure[0].scopes = [5] }),
    ("is outside the graph", { $0.onFailure[0].step = GraphPoint.code(summary: "x") }),
    ("is outside the graph", { $0.nodes[11].undo?[0].scopes = [99] }),
    ("SwapNginx comes before any health check", { $0.nodes[2].step = Print("x") }),
    ("would stop what the proxy serves", { $0.nodes[11].step = Stop(.active) }),
    ("has no steps", { $0.nodes = [] }),
    ("cannot be retried -1 times", { $0.nodes[3].policies.retries = -1 }),
    ("is longer than a year", { $0.nodes[3].policies.timeout = .seconds(Int64.max) }),
    ("retries are more than a million", { $0.scopes[0].retry?.retries = .max }),
    ("the backoff of", { $0.nodes[3].policies.backoff.first = .seconds(-1) }),
    ("is longer than a year", { $0.timeout = .seconds(Int64.max) }),
    ("not a valid application name", { $0.application.name = "../x" }),
    ("Parallel is not allowed in Retry", { $0.nodes[4].dependencies = [2] }),
  ]

  @Test(arguments: damages.indices)
  func `a changed graph that cannot run is refused, and nothing is started`(index: Int) throws {
    let (expected, change) = Self.damages[index]
    var graph = try Self.graph()
    try graph.validate()
    change(&graph)
    let error = #expect(throws: PlanError.self) { try graph.validate() }
    #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
    let host = SimulatedHost(for: try Self.graph().application)
    let runner = Deployer(executor: .mock(host))
    #expect(throws: PlanError.self) { try runner.start(graph) }
    #expect(host.operations.isEmpty)
    // Printing, comparing and encoding are for every value.
    #expect(!graph.description.isEmpty && graph == graph)
    _ = try? Deployer.rollback(of: graph)
  }

  @Test func `one of a group keeps all of it from being started`() async throws {
    var graph = try Self.graph()
    graph.nodes[1].dependencies = [99]
    let host = SimulatedHost(for: graph.application)
    let runner = Deployer(executor: .mock(host))
    let group = DeploymentGroup([
      .alone(.init(try Self.graph(), on: runner)), .alone(.init(graph, on: runner)),
    ])
    await #expect(throws: PlanError.self) { try await group.run() }
    #expect(host.operations.isEmpty)
  }

  @Test func `a graph that is changed soundly runs`() async throws {
    var graph = try Self.graph()
    graph.timeout = .seconds(900)
    graph.nodes[3].policies.retries = 2
    let run = try Deployer(executor: .mock(for: graph.application)).start(graph)
    #expect(await run.report().outcome == .succeeded)
  }

  @Test func `waiting times cannot overflow`() {
    let longest = Duration.seconds(Int64.max)
    var backoff = Backoff.exponential(from: .init(longest / 2), upTo: .init(longest))
    backoff.factor = .max
    #expect(backoff.delay(before: 1000) == longest)
  }
}
