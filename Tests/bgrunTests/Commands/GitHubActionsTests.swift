import Foundation
import Testing

extension ToolTests {
  /// What a runner of GitHub Actions reads.
  @Suite("GitHub Actions") struct Actions {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("compose.yaml", "services: {}\n")
      try bench.write("web/notes.txt", "")
    }

    /// Runs a plan of a folder beside the working folder.
    private func run(_ text: String) async throws -> Workbench.Ending {
      try bench.write("plans2/x.swift", "import DeployDSL\nDeploy(\"x\") {\n  \(text)\n}\n")
      return try await bench.bgrun(
        "../plans2/x.swift", in: bench.folder.appending(path: "web"),
        environment: [
          "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": bench.folder.path,
          "GITHUB_STEP_SUMMARY": summary.path,
        ])
    }

    private var summary: URL { bench.folder.appending(path: "summary.md") }

    @Test func `the compiler's errors are shown at the plan's lines, in the repository`()
      async throws
    {
      let ending = try await run("NoSuchStep()")
      #expect(ending.status == 2, "\(ending)")
      #expect(
        ending.errors.contains(
          "::error file=plans2/x.swift,line=3,title=The plan does not compile::"
            + "cannot find 'NoSuchStep' in scope\n"), "\(ending)")
    }

    @Test func `a failed step is shown at its line, and the summary is created if need be`()
      async throws
    {
      let ending = try await run("Run(\"false\")")
      #expect(ending.status == 1, "\(ending)")
      #expect(
        ending.errors.contains(
          "::error file=plans2/x.swift,line=3,title=x%3A Run false failed::"), "\(ending)")
      let text = try String(contentsOf: summary, encoding: .utf8)
      #expect(text.hasPrefix("### ❌ x"), "\(text)")
      #expect(text.contains("bgrun report ../plans2/x.swift"), "\(text)")
      // Another step of the job adds to it.
      _ = try await run("Run(\"false\")")
      let both = try String(contentsOf: summary, encoding: .utf8)
      #expect(both.hasPrefix(text) && both.count > text.count, "\(both)")
    }
  }
}
