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

    @Test(arguments: [
      "let names: [String] = []; print(names[3])",
      "struct Nope: Error {}; throw Nope()",
      "Deploy(\"x\") { Broken() }; struct Broken: Step { var body: Steps { Wait(.seconds([Int]()[3])) } }",
    ])
    func `a crash ends bgrun by its signal, after the runtime's own line`(code: String) async throws
    {
      let ending = try await run("import DeployDSL\n\(code)\n")
      #expect(ending.status < 0, "\(ending)")
      #expect(ending.output.isEmpty)
      #expect(ending.errors.contains("Fatal error: "), "\(ending)")
    }

    @Test(arguments: [SamplePlan.grafana + "exit(0)\n", SamplePlan.step("exit(0)")])
    func `a plan that calls exit() does not look like one that was deployed`(plan: String)
      async throws
    {
      let ending = try await run("import Glibc\n" + plan)
      #expect(ending.status == 4, "\(ending)")
      #expect(ending.errors.contains("bgrun: the plan's own code called exit()"), "\(ending)")
    }

    @Test func `after a crash in a step the next deploy tells of the interrupted run`() async throws
    {
      try bench.write(
        "p.swift",
        SamplePlan.step("fatalError(\"oh no\")").replacing(
          "  DetectActive()", with: "  Print(\"x\")"))
      try bench.write("compose.yaml", "services: {}\n")
      let crashed = try await bench.bgrun("p.swift")
      #expect(crashed.status < 0, "\(crashed)")
      #expect(crashed.errors.contains("oh no"), "\(crashed)")
      let history = try await bench.bgrun("history", "p.swift")
      #expect(history.output.split(separator: "\n").count == 2, "\(history)")
      #expect(!history.output.contains("succeeded"), "\(history)")
    }

    @Test func `a step that throws is no crash`() async throws {
      let ending = try await run(
        "struct Nope: Error {}\n" + SamplePlan.step("throw Nope()"))
      #expect(ending.status == 1, "\(ending)")
      #expect(ending.errors.contains("error: own step: "), "\(ending)")
      #expect(ending.output.contains("exit code 1"))
    }
  }
}
