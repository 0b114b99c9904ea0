import DeployDSL
import Testing

@testable import DeployRunner

@Suite("RunState")
struct RunStateTests {
  private func graph() throws -> StepGraph {
    try Deploy("app", port: 80) {
      DetectActive()
      Parallel {
        Pull(.target)
        Wait(1)
      }
      Up(.target)
    }.graph()
  }

  @Test func `a node starts when all that it waits for have succeeded`() throws {
    var state = RunState(try graph())
    #expect(state.start() == [0])
    #expect(state.start() == [], "what runs is not started again")
    state.succeeded(0)
    #expect(state.start() == [1, 2])
    #expect(state.running == 2)
    state.succeeded(2)
    #expect(state.start() == [])
    state.succeeded(1)
    #expect(state.start() == [3])
    state.succeeded(3)
    #expect(state.start() == [])
    #expect(state.running == 0)
  }

  @Test func `after a failure nothing new is started, what runs may end`() throws {
    var state = RunState(try graph())
    _ = state.start()
    state.succeeded(0)
    _ = state.start()
    state.failed()
    #expect(state.running == 1)
    state.succeeded(2)
    #expect(state.start() == [])
    #expect(state.running == 0)
  }

  @Test func `a node that became ready before another failed is not started`() throws {
    var state = RunState(try graph())
    _ = state.start()
    state.succeeded(0)
    _ = state.start()
    state.succeeded(1)
    state.succeeded(2)
    state.failed()
    #expect(state.start() == [])
  }

  @Test func `an empty graph has nothing to start`() throws {
    var graph = try graph()
    graph.nodes = []
    var state = RunState(graph)
    #expect(state.start() == [])
  }
}
