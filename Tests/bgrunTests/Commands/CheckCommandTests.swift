import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun check, graph, help, --version")
  struct Looks {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    @Test("a plan without problems")
    func fine() async throws {
      try bench.write("grafana.swift", SamplePlan.grafana)
      let ending = try await bench.bgrun("check", "grafana.swift")
      #expect(ending.status == 0)
      #expect(ending.output == "grafana.swift: 7 steps, no problems\n")
      #expect(ending.errors.isEmpty)
    }

    @Test("a plan with a name of its own")
    func named() async throws {
      let text = SamplePlan.grafana.replacing("\nDeploy", with: "\nlet plan = Deploy")
      try bench.write("grafana.swift", text)
      let ending = try await bench.bgrun("check", "grafana.swift")
      #expect(ending.status == 0, "\(ending)")
    }

    @Test("all problems of a plan at once, with line and caret")
    func problems() async throws {
      try bench.write(
        "bad.swift",
        "import DeployDSL\nDeploy(\"x\") {\n  Up(.target)\n\tStop(.active)\n  Wait(-1)\n}\n")
      let ending = try await bench.bgrun("check", "bad.swift")
      #expect(ending.status == 2)
      #expect(ending.output.isEmpty)
      let expected = """
        bad.swift:3:3: error: Up target needs the target colour, but no DetectActive() comes before
        3 |   Up(.target)
          |   ^ begin the plan with DetectActive()
        bad.swift:4:2: error: Stop(.active) would stop what the proxy serves
        4 | \tStop(.active)
          | \t^ stop the other colour with Stop(.previous) after Reload()
        bad.swift:5:3: error: Wait's time is negative
        5 |   Wait(-1)
          |   ^ give 0 or more

        """
      #expect(ending.errors == expected)
    }

    @Test("a graph in each format")
    func graph() async throws {
      try bench.write(
        "g.swift",
        """
        import DeployDSL
        Deploy("x") {
          Print("a")
          Group("both") {
            Parallel {
              Print("b").named("say \\"b\\"")
              Wait(1)
            }
          }
          Print("c").named("end")
        }

        """)
      let text = try await bench.bgrun("graph", "g.swift")
      #expect(
        text.output
          == """
          x: x-blue and x-green behind nginx-proxy
            1  Print           g.swift:3
            2  both / say "b"  g.swift:6
            3  both / Wait 1 s  g.swift:7  after 1
            4  end             g.swift:10  after 2, 3

          """.replacing("say \"b\"  g", with: "say \"b\"   g")
          .replacing("Print           g", with: "Print            g")
          .replacing("end             g", with: "end              g"), "\(text)")
      let mermaid = try await bench.bgrun("graph", "g.swift", "--format", "mermaid")
      #expect(
        mermaid.output == """
          flowchart TD
            n0["Print"]
            subgraph s0["both"]
              n1["say #quot;b#quot;"]
              n2["Wait 1 s"]
            end
            n3["end"]
            n0 --> n1
            n0 --> n2
            n1 --> n3
            n2 --> n3

          """, "\(mermaid)")
      let dot = try await bench.bgrun("graph", "g.swift", "--format", "dot")
      #expect(dot.output.hasPrefix("digraph \"x\" {\n  node [shape=box];\n"))
      #expect(dot.output.contains("    n1 [label=\"say \\\"b\\\"\"];\n"))
      let json = try await bench.bgrun("graph", "g.swift", "--format=json")
      #expect(json.output.contains("\"location\" : {\n"), "\(json)")
    }

    @Test("help and version")
    func help() async throws {
      let help = try await bench.bgrun("--help")
      #expect(help.status == 0)
      #expect(help.output.contains("usage: bgrun PLAN.swift [options]"))
      #expect(try await bench.bgrun("help", "graph").output.contains("usage: bgrun graph PLAN"))
      #expect(try await bench.bgrun("check", "--help").output.contains("usage: bgrun check PLAN"))
      let unknown = try await bench.bgrun("help", "grpah")
      #expect(unknown.status == 2)
      #expect(unknown.errors == "bgrun: unknown command 'grpah'; did you mean 'graph'?\n")
      #expect(try await bench.bgrun("--version").output.hasPrefix("bgrun "))
    }
  }
}
