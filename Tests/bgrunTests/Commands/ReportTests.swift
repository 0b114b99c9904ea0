import Foundation
import Testing

extension ToolTests {
  /// Reports of a plan with two applications.
  @Suite("Reports of several applications") struct Reports {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write(
        "two.swift",
        """
        import DeployDSL
        Deploy("one") { Print("a") }
        Deploy("two") { Print("b") }

        """)
    }

    private func report(_ words: String...) async throws -> Workbench.Ending {
      try await bench.run(
        [try Workbench.tool().path, "report", "two.swift", "--state", "st"] + words)
    }

    @Test func `JUnit is one document, and one file holds one report of the others`() async throws {
      let run = try await bench.bgrun("two.swift", "--executor", "mock", "--state", "st")
      try #require(run.status == 0, "\(run)")
      let junit = try await report("--format", "junit")
      #expect(junit.output.matches(of: /<\?xml/).count == 1, "\(junit)")
      #expect(junit.output.matches(of: /<testsuite\b/).count == 2, "\(junit)")

      let both = try await report("--output", "r.html")
      #expect(both.status == 2 && !bench.has("r.html"), "\(both)")
      #expect(both.errors.contains("there are runs of one, two; name one of them: "), "\(both)")
      #expect(both.errors.contains(" --only one --output r.html`"), "\(both)")
      let one = try await report("--output", "r.html", "--only", "one")
      #expect(one.status == 0 && bench.has("r.html"), "\(one)")

      let pages = try await report()
      #expect(pages.status == 0, "\(pages)")
      let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder.path)
      for application in ["one", "two"] {
        let its = names.filter { $0.hasPrefix("\(application)-") && $0.hasSuffix(".html") }
        #expect(its.count == 1, "\(names)")
      }
    }
  }
}
