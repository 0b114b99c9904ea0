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
}
