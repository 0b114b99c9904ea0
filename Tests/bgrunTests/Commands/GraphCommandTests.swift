import Testing

extension ToolTests {
  @Suite("bgrun graph of branches")
  struct Branches {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write(
        "w.swift",
        """
        import DeployDSL
        Deploy("x") {
          DetectActive()
          When(.active(is: .blue)) {
            Print("a")
          } otherwise: {
            Print("b")
          }
        }

        """)
    }

    @Test("text, mermaid, dot and JSON show which branch a step is in")
    func formats() async throws {
      let text = try await bench.bgrun("graph", "w.swift")
      #expect(
        text.output == """
          x: x-blue and x-green behind nginx-proxy
            1  DetectActive               w.swift:3
            2  When active is blue        w.swift:4
            3  if active is blue / Print  w.swift:5
            4  otherwise / Print          w.swift:7  after 2
            5  meeting                    w.swift:4  after 3, 4

          """, "\(text)")
      let mermaid = try await bench.bgrun("graph", "w.swift", "--format", "mermaid")
      #expect(
        mermaid.output == """
          flowchart TD
            n0["DetectActive"]
            n1{"When active is blue"}
            subgraph s0["if active is blue"]
              n2["Print"]
            end
            subgraph s1["otherwise"]
              n3["Print"]
            end
            n4(( ))
            n0 --> n1
            n1 --> n2
            n1 --> n3
            n2 --> n4
            n3 --> n4

          """, "\(mermaid)")
      let dot = try await bench.bgrun("graph", "w.swift", "--format", "dot")
      #expect(dot.output.contains("  n1 [shape=diamond, label=\"When active is blue\"];\n"))
      #expect(dot.output.contains("label=\"otherwise\";\n"))
      let json = try await bench.bgrun("graph", "w.swift", "--format", "json")
      #expect(json.output.contains("\"when\" : [\n"))
      #expect(json.output.contains("\"action\" : \"when\""))
    }

    @Test("a dry run tells the branch that is not taken")
    func dryRun() async throws {
      let ending = try await bench.bgrun("w.swift", "--dry-run", "--executor", "mock")
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.output.contains("left out: active is blue"), "\(ending)")
      #expect(ending.output.contains("✓ When active is blue  yes"), "\(ending)")
      let run = try await bench.bgrun("w.swift", "--executor", "mock")
      #expect(run.output.contains("3 steps in"), "\(run)")
    }
  }
}
