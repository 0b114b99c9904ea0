import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun edit")
  struct Edit {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("Plans/Steps/Smoke.swift", Helpers.smoke)
      try bench.write(
        "Plans/p.swift", AcmeSteps.plan("import PlanSteps", "Smoke()\n  Helth()\n  "))
      try bench.write("Plans/plain.swift", SamplePlan.grafana)
    }

    @Test(.timeLimit(.minutes(10)))
    func `makes SourceKit-LSP understand a plan and its helpers`() async throws {
      let ending = try await bench.bgrun("edit", "Plans/p.swift")
      #expect(ending.status == 0, "\(ending)")
      #expect(
        ending.output == """
          wrote Plans/compile_commands.json for SourceKit-LSP: completion, errors, jump to definition
          open Plans/p.swift in any editor with SourceKit-LSP support

          """)
      let plans = bench.folder.appendingPathComponent("Plans")
      let server = try LanguageServer(root: plans)
      defer { server.stop() }
      let plan = plans.appendingPathComponent("p.swift")
      // The only mistake is the plan's own: both modules were found.
      let problems = try server.diagnostics(of: plan)
      #expect(problems == ["Cannot find 'Helth' in scope"], "\(problems)")
      let steps = try server.completions(in: plan, line: 6, column: 4)
      #expect(steps.contains("Health"), "\(steps)")
      let helpers = try server.completions(in: plan, line: 5, column: 4)
      #expect(helpers.contains("Smoke"), "\(helpers)")
    }

    @Test func `keeps the entries of other plans, and compiling a plan updates its entry`()
      async throws
    {
      let file = bench.folder.appendingPathComponent("Plans/compile_commands.json")
      func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }
      try bench.write("Plans/p.swift", AcmeSteps.plan("import PlanSteps", "Smoke()"))
      #expect(try await bench.bgrun("check", "Plans/p.swift").status == 0)
      #expect(!FileManager.default.fileExists(atPath: file.path))
      _ = try await bench.bgrun("edit", "Plans/p.swift")
      let first = try text()
      #expect(first.contains("/steps/"))
      _ = try await bench.bgrun("edit", "Plans/plain.swift")
      #expect(try text().contains("/steps/"))
      try bench.write("Plans/Steps/Smoke.swift", Helpers.smoke + "// edited\n")
      #expect(try await bench.bgrun("check", "Plans/p.swift").status == 0)
      #expect(try text() != first)
    }

    @Test func `what helpers import is not forgotten when a plan without them is compiled`()
      async throws
    {
      let file = bench.folder.appendingPathComponent("Plans/compile_commands.json")
      try bench.write("Plans/p.swift", AcmeSteps.plan("import PlanSteps", "Smoke()"))
      _ = try await bench.bgrun("edit", "Plans/p.swift")
      let before = try String(contentsOf: file, encoding: .utf8)
      #expect(try await bench.bgrun("check", "Plans/plain.swift").status == 0)
      #expect(try String(contentsOf: file, encoding: .utf8) == before)
    }

    @Test func `a file of another tool stays unchanged`() async throws {
      let text = #"[{"directory":"/x","file":"main.cpp","arguments":["clang++","main.cpp"]}]"#
      for text in [text, #"[{"directory":"/x","file":"a.c","command":"cc a.c"}]"#] {
        let file = try bench.write("Plans/compile_commands.json", text)
        let ending = try await bench.bgrun("edit", "Plans/plain.swift")
        #expect(ending.status == 0)
        #expect(
          ending.errors.hasPrefix("bgrun: another tool wrote Plans/compile_commands.json"))
        #expect(try await bench.bgrun("check", "Plans/plain.swift").status == 0)
        #expect(try String(contentsOf: file, encoding: .utf8) == text)
      }
    }

    @Test func `a plan whose package is missing is set up too`() async throws {
      try bench.write(
        "Plans/p.swift", AcmeSteps.plan("import AcmeSteps  // package(path: \"../acme\")"))
      let ending = try await bench.bgrun("edit", "Plans/p.swift")
      #expect(ending.status == 0)
      #expect(
        ending.errors.hasPrefix("Plans/p.swift:2:22: error: no package at ../acme\n"))
      #expect(ending.output.hasPrefix("wrote Plans/compile_commands.json"), "\(ending)")
    }

    @Test func `no editor is started without a terminal`() async throws {
      let ending = try await bench.bgrun(
        "edit", "Plans/plain.swift", environment: ["EDITOR": "/bin/false"])
      #expect(ending.status == 0, "\(ending)")
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
    func `at a terminal it starts the editor with its arguments`() async throws {
      let text = try bench.write("editor.txt", "#!/bin/sh\nprintf '%s|' \"$@\"\n")
      let script = bench.folder.appendingPathComponent("editor.sh")
      // By another process: see `Installed`.
      let making = try await bench.run(["/usr/bin/install", "-m", "755", text.path, script.path])
      #expect(making.status == 0, "\(making)")
      let tool = try Workbench.tool().path
      // `script` gives the command a terminal.
      let link = URL(fileURLWithPath: "/tmp/bgrun-editor-\(UUID().uuidString)")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: script)
      defer { try? FileManager.default.removeItem(at: link) }
      let ending = try await bench.run(
        ["/usr/bin/script", "-qec", "'\(tool)' edit Plans/plain.swift", "/dev/null"],
        environment: ["VISUAL": "\(link.path) --wait"])
      #expect(ending.status == 0, "\(ending)")
      let plan = bench.folder.appendingPathComponent("Plans/plain.swift").path
      #expect(ending.output.contains("--wait|\(plan)|"), "\(ending)")
    }
  }
}
