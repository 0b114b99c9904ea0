import Foundation
import Testing

extension ToolTests {
  @Suite("Plans that crash")
  struct Crashes {
    let bench: Workbench

    init() throws { bench = try Workbench() }

    private func run(_ text: String) async throws -> Workbench.Ending {
      try bench.write("p.swift", text)
      return try await bench.bgrun("p.swift", "--executor", "mock")
    }

    @Test(
      "top-level code that crashes: the runtime's own line, then ours",
      arguments: [
        "let names: [String] = []; print(names[3])",
        "struct Nope: Error {}; throw Nope()",
        "let word: String? = nil; print(word!)",
        "func deeper(_ n: Int) -> Int { n < 0 ? 0 : deeper(n + 1) + deeper(n + 2) }; print(deeper(1))",
        "Deploy(\"x\") { Broken() }; struct Broken: Step { var body: Steps { Wait([Int]()[3]) } }",
      ])
    func topLevel(code: String) async throws {
      let ending = try await run("import DeployDSL\n\(code)\n")
      #expect(ending.status == 2, "\(ending)")
      #expect(ending.output.isEmpty)
      #expect(
        ending.errors.hasSuffix(
          "bgrun: p.swift crashed while it was read (see above); nothing was run\n"), "\(ending)")
      #expect(ending.errors.split(separator: "\n").count <= 2, "\(ending)")
    }

    @Test("top-level code that calls exit()")
    func exit() async throws {
      let ending = try await run("import Glibc\n" + SamplePlan.grafana + "exit(0)\n")
      #expect(ending.status == 2, "\(ending)")
      #expect(ending.errors.contains("p.swift ended bgrun while it was read, so nothing was run"))
    }

    @Test("a step that crashes before anything was changed")
    func early() async throws {
      let ending = try await run(SamplePlan.step("print([1, 2].dropFirst(2)[7])"))
      #expect(ending.status == 1, "\(ending)")
      #expect(ending.output.contains("✓ DetectActive"))
      #expect(
        ending.errors.hasSuffix(
          "bgrun: the plan's own code crashed in step \"own step\" (p.swift:12); "
            + "nothing had been changed\n"), "\(ending)")
    }

    @Test("a step that crashes after something was changed says what to look at")
    func late() async throws {
      let text = SamplePlan.step("try await context.sleep(1); fatalError(\"oh no\")")
      let ending = try await run(text.replacing("  Own()", with: "  Up(.target)\n  Own()"))
      #expect(ending.status == 4, "\(ending)")
      #expect(ending.errors.contains("oh no"))
      #expect(
        ending.errors.contains(
          "crashed in step \"own step\" (p.swift:13); nothing more was done and nothing was taken "
            + "back; look with `docker ps` which of grafana-blue and grafana-green run; the proxy "
            + "was not touched, so what served before still does; then `bgrun resume PLAN` goes on, "
            + "and `bgrun resume PLAN --undo` takes it back"),
        "\(ending)")
    }

    @Test("a step that calls exit()")
    func stepExit() async throws {
      let text = "import Glibc\n" + SamplePlan.step("exit(0)")
      let ending = try await run(text)
      #expect(ending.status == 1, "\(ending)")
      #expect(ending.errors.contains("the plan's own code called exit() in step \"own step\""))
    }

    @Test("a step that throws is no crash")
    func throwing() async throws {
      let ending = try await run(
        "struct Nope: Error {}\n" + SamplePlan.step("throw Nope()"))
      #expect(ending.status == 1, "\(ending)")
      #expect(ending.errors.contains("error: own step: "), "\(ending)")
      #expect(ending.output.contains("exit code 1"))
    }
  }
}
