import DeployDSL
import Testing

@testable import DeployRunner

@Suite("ScopeDeadlines")
struct ScopeDeadlinesTests {
  private func graph() throws -> StepGraph {
    try Deploy("app", port: 80) {
      DetectActive()
      Group("outer") {
        Wait(1)
        Group("inner") { Wait(2) }.timeout(10)
        Wait(3)
      }.timeout(60)
    }.graph()
  }

  @Test func `a group's time begins with the first of its nodes`() throws {
    let graph = try graph()
    var deadlines = ScopeDeadlines(graph.scopes)
    #expect(deadlines.deadline(of: graph.nodes[1].scopes, startingAt: .seconds(5)) == .seconds(65))
    #expect(deadlines.deadline(of: graph.nodes[2].scopes, startingAt: .seconds(20)) == .seconds(30))
    #expect(deadlines.deadline(of: graph.nodes[3].scopes, startingAt: .seconds(40)) == .seconds(65))
  }

  @Test func `the group around ends the group inside`() throws {
    let graph = try graph()
    var deadlines = ScopeDeadlines(graph.scopes)
    _ = deadlines.deadline(of: graph.nodes[1].scopes, startingAt: .zero)
    #expect(deadlines.deadline(of: graph.nodes[2].scopes, startingAt: .seconds(55)) == .seconds(60))
  }

  @Test func `a node in no group has no deadline of one`() throws {
    let graph = try graph()
    var deadlines = ScopeDeadlines(graph.scopes)
    let deadline = deadlines.deadline(of: graph.nodes[0].scopes, startingAt: .seconds(5))
    #expect(deadline > .seconds(1_000_000_000))
  }
}
