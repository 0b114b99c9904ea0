import DeployDSL
import Testing

@Suite struct ModifiedStepTests {
  private func nodes(@PlanBuilder _ steps: () -> Steps) throws -> [Node] {
    try Deploy("app", steps: steps).graph().nodes
  }

  @Test func `modifiers go together in any order, the last one said holds`() throws {
    let node = try #require(
      try nodes {
        Wait(1).retry(2, backoff: .constant(0.5)).named("first").timeout(60)
          .timeout(perAttempt: .milliseconds(1500)).named("pause").timeout(90)
      }.first)
    #expect(node.name == "pause")
    #expect(node.isNamed)
    #expect(node.step.isEqual(to: Wait(1)))
    #expect(
      node.policies
        == Policies(
          timeout: .seconds(90), attemptTimeout: .milliseconds(1500), retries: 2,
          backoff: .constant(0.5)))
  }

  @Test func `a step without modifiers is tried once, without a limit of its own`() throws {
    let node = try #require(try nodes { Wait(1) }.first)
    #expect(node.policies == Policies())
    #expect(node.policies.retries == 0 && node.policies.timeout == nil)
    #expect(!node.isNamed)
  }

  @Test func `a group's retry and attempt timeout are for each step that says none itself`() throws
  {
    let nodes = try nodes {
      Group("work") {
        Print("a")
        Print("b").retry(1, backoff: .constant(2))
        Print("c").retry(0)
        Parallel { Print("d").timeout(perAttempt: 5) }
        Group("inner") { Print("e") }.retry(7)
      }
      .retry(3).timeout(perAttempt: 20)
      Print("f")
    }
    #expect(nodes.map(\.policies.retries) == [3, 1, 0, 3, 7, 0])
    #expect(
      nodes.map(\.policies.attemptTimeout)
        == [20, 20, 20, 5, 20, nil].map { $0.map { .seconds($0) } })
    #expect(nodes[1].policies.backoff == .constant(2))
    #expect(nodes[4].policies.backoff == .exponential())
  }

  @Test func `a group's timeout is for all of it, not for each step`() throws {
    let graph = try Deploy("app") {
      Group("work") {
        Print("a")
        Print("b").timeout(3)
      }
      .timeout(60)
    }.graph()
    #expect(graph.nodes.map(\.policies.timeout) == [nil, .seconds(3)])
    #expect(graph.nodes.map(\.scopes) == [[0], [0]])
    #expect(graph.scopes.map(\.name) == ["work"])
    #expect(graph.scopes.map(\.timeout) == [.seconds(60)])
  }

  @Test func `a name or timeout makes a scope of a parallel`() throws {
    let graph = try Deploy("app") {
      Parallel { Print("a") }
      Parallel { Print("b") }.named("side by side")
      Parallel { Print("c") }.timeout(9)
      Group("renamed") { Print("d") }.named("new name")
    }.graph()
    #expect(graph.scopes.map(\.name) == ["side by side", "Parallel", "new name"])
    #expect(graph.scopes.map(\.timeout) == [nil, .seconds(9), nil])
    #expect(graph.nodes.map(\.scopes) == [[], [0], [1], [2]])
    #expect(graph.nodes.allSatisfy { !$0.isNamed })
  }
}
