import DeployDSL
import Foundation
import Testing

@testable import bgrun

@Suite struct GraphJSONTests {
  private let plan = Deploy("app", port: 80, file: "p.swift", line: 1, column: 1) {
    Steps([DetectActive()], file: "p.swift", line: 2, column: 3)
    Parallel {
      Steps([Pull(.target)], file: "p.swift", line: 4, column: 5)
      Steps([Wait(0.5).retry(2).timeout(60).onFailure(.stop)], file: "p.swift", line: 5, column: 5)
    }
    .named("prepare").timeout(90)
    Steps([Up(.target, environment: ["TAG": 7])], file: "p.swift", line: 7, column: 3)
  } onFailure: {
    Steps([Print("failed")], file: "p.swift", line: 9, column: 3)
  }

  @Test func `a graph prints as JSON for programs, times as seconds`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(GraphJSON(graph: plan.graph())), as: UTF8.self)
    let location = { (line: Int, column: Int) in
      #"{"column":\#(column),"file":"p.swift","line":\#(line)}"#
    }
    #expect(
      text == #"{"application":{"blue":"app-blue","green":"app-green","health":"/","name":"app","#
        + #""port":80,"proxy":"nginx-proxy","site":"nginx/service.conf"},"#
        + #""groups":[{"name":"prepare","nodes":[1,2],"timeout":90}],"nodes":["#
        + #"{"action":"detect-active","after":[],"arguments":{},"groups":[],"id":0,"#
        + #""location":\#(location(2, 3)),"name":"DetectActive","retries":0},"#
        + #"{"action":"pull","after":[0],"arguments":{"role":"target"},"groups":["prepare"],"#
        + #""id":1,"location":\#(location(4, 5)),"name":"Pull target","retries":0},"#
        + #"{"action":"wait","after":[0],"arguments":{"time":"500 ms"},"groups":["prepare"],"#
        + #""id":2,"location":\#(location(5, 5)),"name":"Wait 500 ms","onFailure":"stop","retries":2,"timeout":60},"#
        + #"{"action":"up","after":[1,2],"arguments":{"build":"false","environment.TAG":"7","#
        + #""role":"target"},"groups":[],"id":3,"location":\#(location(7, 3)),"#
        + #""name":"Up target","retries":0,"undo":["stop target"]}],"#
        + #""onFailure":["Print"],"timeout":1800}"#)
  }
}
