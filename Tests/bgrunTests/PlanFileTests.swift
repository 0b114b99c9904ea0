import Foundation
import Testing

@Suite("A plan's file")
struct PlanFileTests {
  @Test("deploys on the simulated host and says what serves")
  func deploys() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      let ending = try await tool.run(plan, "--executor", "mock")
      #expect(ending.status == 0)
      #expect(ending.output.contains("grafana: grafana-green serves now, 7 steps in"))
      #expect(ending.errors == "")
    }
  }

  @Test("may assign its plan to a name")
  func namedPlan() async throws {
    try await Bgrun.with { tool in
      let text = SamplePlan.whole.replacing("\nDeploy", with: "\nlet plan = Deploy")
      let ending = try await tool.run("check", try tool.write(text))
      #expect(ending.status == 0)
      #expect(ending.output == "plan.swift: 7 steps, no problems\n")
    }
  }

  @Test("with a missing brace: the compiler's message names file and line")
  func missingBrace() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(String(SamplePlan.whole.dropLast(3)))
      let ending = try await tool.run(plan, "--executor", "mock")
      #expect(ending.status == 2)
      #expect(ending.errors.contains("plan.swift:10:"))
      #expect(ending.errors.contains("error: expected '}'"))
    }
  }

  @Test("with a misspelled step: the one that was meant is named")
  func misspelledStep() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole.replacing("DetectActive", with: "DetectActve"))
      let ending = try await tool.run("check", plan)
      #expect(ending.status == 2)
      #expect(ending.errors.contains("plan.swift:4:3: error: cannot find 'DetectActve' in scope"))
      #expect(ending.errors.contains("DetectActive"))
    }
  }

  @Test("with mistakes in its order: all of them at once, each with its line and a caret")
  func mistakes() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(
        """
        import DeployDSL

        Deploy("grafana") {
          Reload()
          Stop(.previous)
          Health(retries: 0)
        }

        """)
      let ending = try await tool.run(plan, "--executor", "mock")
      #expect(ending.status == 2)
      for line in [
        "plan.swift:4:3: error: Reload needs", "plan.swift:4:3: error: Reload without SwapNginx",
        "plan.swift:6:3: error: Health with 0 retries",
      ] {
        #expect(ending.errors.contains(line))
      }
      #expect(ending.errors.contains("^"))
    }
  }

  @Test("with a top-level await: nothing is run, and the way out is named")
  func topLevelAwait() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(
        SamplePlan.beginning(with: "try await Task.sleep(for: .milliseconds(1))"))
      let ending = try await tool.run(plan, "--executor", "mock")
      #expect(ending.status == 2)
      #expect(ending.errors.contains("await"))
      #expect(!ending.output.contains("Deploying"))
    }
  }

  @Test("whose top-level code crashes: the runtime's reason, then what that means")
  func topLevelCrash() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(
        SamplePlan.beginning(with: "let none: [Int] = []\nlet first = none[0]"))
      let ending = try await tool.run(plan, "--executor", "mock")
      #expect(ending.status == 2)
      #expect(ending.errors.contains("Index out of range"))
      #expect(ending.errors.contains("bgrun: "))
      #expect(!ending.errors.contains("Backtrac"))
    }
  }

  @Test("whose step crashes: step and line are named, and that nothing was taken back")
  func stepCrash() async throws {
    try await Bgrun.with { tool in
      let step = """
        struct Broken: PrimitiveStep {
          func run(in context: StepContext) async throws {
            let none: [Int] = []
            print(none[Int(context.application.name.count)])
          }
        }
        """
      let plan = try tool.write(SamplePlan.beginning(with: step, step: "  Broken()\n"))
      let ending = try await tool.run(plan, "--executor", "mock")
      #expect(ending.status == 1)
      #expect(ending.errors.contains("crashed"))
      #expect(ending.errors.contains("\"Broken\""))
      #expect(ending.errors.contains("plan.swift:11"))
    }
  }

  @Test("with a shebang line can be started by itself")
  func shebang() async throws {
    try await Bgrun.with { tool in
      try tool.write("#!\(Bgrun.path)\n" + SamplePlan.whole)
      let file = tool.folder.appending(path: "plan.swift")
      #expect(chmod(file.path, 0o755) == 0)
      let ending = try await tool.run(file.path, ["--executor", "mock", "--quiet"])
      #expect(ending.status == 0)
      #expect(ending.output.contains("grafana-green serves now"))
    }
  }

  @Test("may lie under a path with spaces and letters of all kinds, in a read-only folder")
  func oddPath() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole, to: "Pläne für 東京/mein plan.swift")
      let folder = tool.folder.appending(path: "Pläne für 東京")
      #expect(chmod(folder.path, 0o555) == 0)
      defer { _ = chmod(folder.path, 0o755) }
      let ending = try await tool.run(plan, "--executor", "mock", "--quiet")
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
    }
  }

  @Test("without a plan in it, or with two, is refused")
  func planCount() async throws {
    try await Bgrun.with { tool in
      let none = try await tool.run("check", try tool.write("import DeployDSL\n"))
      #expect(none.status == 2)
      #expect(none.errors.contains("Deploy"))
      let two = SamplePlan.whole + "\nDeploy(\"other\") { Print(\"x\") }\n"
      let both = try await tool.run("check", try tool.write(two))
      #expect(both.status == 2)
      #expect(both.errors.contains("grafana"))
      #expect(both.errors.contains("other"))
    }
  }
}
