import Foundation
import Testing

extension ToolTests {
  @Suite("Plans that do not compile")
  struct CompilerErrors {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    private func check(_ text: String) async throws -> Workbench.Ending {
      try bench.write("p.swift", text)
      let ending = try await bench.bgrun("check", "p.swift")
      #expect(ending.status == 2, "\(ending)")
      #expect(ending.output.isEmpty)
      #expect(!ending.errors.contains(bench.folder.path), "\(ending)")
      return ending
    }

    @Test("a missing brace is shown at its line of the user's file")
    func brace() async throws {
      let errors = try await check("import DeployDSL\n\nDeploy(\"x\") {\n  Wait(1)\n").errors
      #expect(errors.contains("p.swift:5:1: error: expected '}' at end of closure"), "\(errors)")
      #expect(errors.contains("3 | Deploy(\"x\") {"), "\(errors)")
      #expect(errors.hasSuffix("bgrun: p.swift does not compile; nothing was run\n"))
    }

    @Test("a misspelled step gets the one that was meant")
    func misspelled() async throws {
      let errors = try await check("import DeployDSL\nDeploy(\"x\") {\n  DetectActve()\n}\n").errors
      #expect(errors.contains("p.swift:3:3: error: cannot find 'DetectActve' in scope"))
      #expect(errors.contains("\np.swift:3:3: note: did you mean `DetectActive`?\n"), "\(errors)")
    }

    @Test("a forgotten import is named")
    func noImport() async throws {
      let errors = try await check("Deploy(\"x\") {\n}\n").errors
      #expect(errors.contains("note: write `import DeployDSL` at the top of the plan"), "\(errors)")
    }

    @Test("a top-level await is refused by name")
    func await() async throws {
      let text = SamplePlan.grafana + "try await Task.sleep(for: .seconds(1))\n"
      #expect(
        try await check(text).errors
          == "bgrun: p.swift uses `await` in its top-level code, which bgrun cannot run; "
          + "move what awaits into a step's run(in:); nothing was run\n")
      #expect(try bench.entries().isEmpty)
    }

    @Test("a warning is shown when the plan is compiled, and does not stop it")
    func warning() async throws {
      let text = SamplePlan.grafana + "func f() { let unused = 1 }\n"
      try bench.write("w.swift", text)
      let first = try await bench.bgrun("check", "w.swift")
      #expect(first.status == 0)
      #expect(first.errors.contains("w.swift:12:16: warning: "), "\(first)")
      #expect(try await bench.bgrun("check", "w.swift").errors.isEmpty)
    }
  }
}
