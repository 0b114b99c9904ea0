import DeployDSL
import Foundation
import Testing

@Suite struct StepGraphTests {
  private func plan(retries: Int = 2) -> Deploy {
    Deploy("app", port: 80, file: "p.swift", line: 1, column: 1) {
      Steps([DetectActive()], file: "p.swift", line: 2, column: 3)
      Parallel {
        Steps([Pull(.target)], file: "p.swift", line: 4, column: 5)
        Steps([Wait(0.5).retry(retries).timeout(60)], file: "p.swift", line: 5, column: 5)
      }
      .named("prepare")
      Steps([Up(.target, environment: ["TAG": 7])], file: "p.swift", line: 7, column: 3)
    }
  }

  @Test func `a graph prints a line for each node`() throws {
    #expect(
      try plan().graph().description == """
        app: 4 steps
        0  DetectActive  p.swift:2:3
        1  Pull target  in prepare  after 0  p.swift:4:5
        2  Wait 500 ms  in prepare  after 0  p.swift:5:5
        3  Up target  after 1, 2  p.swift:7:3
        """)
  }

  @Test func `equal plans make equal graphs, a different number makes a different one`() throws {
    #expect(try plan().graph() == plan().graph())
    #expect(try plan().graph() != plan(retries: 3).graph())
  }

  @Test func `a graph knows who waits for each node`() throws {
    #expect(try plan().graph().dependents == [[1, 2], [3], [3], []])
  }

  @Test func `a graph encodes all that it does, exactly, and not where it was written`() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(plan().graph()), as: UTF8.self)
    #expect(!text.contains("p.swift"))
    for part in [
      #""application":{"blue":"app-blue","environment":{},"green":"app-green","#,
      #""workers":[]}"#,
      #""site":{"blue":"nginx/service_blue.conf","file":"nginx/service.conf","#,
      #"{"action":{"up":{"_0":{"build":false,"environment":{"TAG":"7"},"role":"target"}}},"#,
      #""action":{"wait":{"_0":{"time":[0,500000000000000000]}}},"alternatives":[],"#,
      #""policies":{"backoff":{"factor":2,"first":[0,1000000000000000000],"#,
    ] { #expect(text.contains(part), "\(part) in \(text)") }
  }

  @Test func `a plan of 100000 steps compiles`() throws {
    let steps: [any Step] = (0..<50_000).map { Print("\($0)") }
    let graph = try Deploy("app") {
      DetectActive()
      steps
      Parallel { steps }
      Up(.target)
    }.graph()
    #expect(graph.nodes.count == 100_002)
    #expect(graph.nodes.last?.dependencies.count == 50_000)
    #expect(graph.dependents.map(\.count).reduce(0, +) == 150_000)
  }
}
