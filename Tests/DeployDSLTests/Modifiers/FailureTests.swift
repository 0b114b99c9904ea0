import DeployDSL
import Testing

@Suite("What a plan says about failures") struct FailureTests {
  @Test func `an undo's steps are compiled with the step that they take back`() throws {
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

  @Test func `an empty undo takes nothing back`() throws {
    let graph = try Deploy("app") {
      DetectActive()
      Up(.target).undo {}
    }.graph()
    #expect(graph.nodes[1].undo == [])
  }

  @Test func `what a failure means is inherited from the group, and can be said otherwise`() throws
  {
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

  @Test func `what follows a failure is compiled beside the graph`() throws {
    let graph = try Deploy("app") {
      DetectActive()
    } onFailure: {
      Run("notify")
      Print("told")
    }.graph()
    #expect(graph.nodes.count == 1)
    #expect(graph.onFailure.map(\.name) == ["Run notify", "Print"])
  }

  @Test func `two graphs that differ in an undo or in what follows a failure are not equal`() throws
  {
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
}
