import Foundation
import Testing

extension ToolTests {
  @Suite("Steps/*.swift beside the plans")
  struct Helpers {
    let bench: Workbench
    static let smoke = """
      public import DeployDSL

      public struct Smoke: Step {
        public init() {}
        public var body: Steps { Print("smoke") }
      }

      """

    init() throws {
      bench = try Workbench()
      try bench.write("Plans/Steps/Smoke.swift", Self.smoke)
      try bench.write("Plans/one.swift", AcmeSteps.plan("import PlanSteps", "Smoke()"))
      try bench.write("Plans/two.swift", AcmeSteps.plan("import PlanSteps", "Smoke(); Smoke()"))
      try bench.write("Plans/plain.swift", SamplePlan.grafana)
    }

    private func check(_ name: String) async throws -> Workbench.Ending {
      try await bench.bgrun("check", "Plans/\(name).swift", "--verbose")
    }

    private func modules() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: bench.cache.path + "/steps")
    }

    @Test(arguments: ["o", "swiftmodule"])
    func `a partly removed module is built again`(left: String) async throws {
      #expect(try await check("one").status == 0)
      let folder = try #require(modules().first)
      let gone = left == "o" ? "swiftmodule" : "o"
      try FileManager.default.removeItem(
        at: bench.cache.appending(path: "steps/\(folder)/PlanSteps.\(gone)"))
      // A plan that was not compiled yet.
      let ending = try await check("two")
      #expect(ending.status == 0, "\(ending)")
    }

    @Test func `libraries that only they import are linked`() async throws {
      try bench.write(
        "Plans/Steps/Host.swift",
        """
        public import DeployDSL
        internal import Foundation

        public struct Host: Step {
          public init() {}
          public var body: Steps { Print("on \\(NSString(string: "/srv/web").lastPathComponent)") }
        }

        """)
      try bench.write("Plans/host.swift", AcmeSteps.plan("import PlanSteps", "Host()"))
      let run = try await bench.bgrun("Plans/host.swift", "--executor", "mock")
      #expect(run.status == 0 && run.output.contains("on web"), "\(run)")
    }

    @Test func `are compiled once for all plans that import them, and again when edited`()
      async throws
    {
      #expect(try await check("plain").status == 0)
      #expect(!FileManager.default.fileExists(atPath: bench.cache.path + "/steps"))
      let run = try await bench.bgrun("Plans/one.swift", "--executor", "mock")
      #expect(run.status == 0, "\(run)")
      #expect(run.output.contains("smoke"))
      let second = try await check("two")
      #expect(second.output.hasPrefix("Plans/two.swift: plan ok (3 steps"), "\(second)")
      #expect(!second.errors.contains("bgrun: running "), "\(second)")
      #expect(try modules().count == 1)
      #expect(!(try await check("one").errors.contains("bgrun: compiling ")))
      try bench.write(
        "Plans/Steps/Smoke.swift", Self.smoke.replacing("\"smoke\"", with: "\"fire\""))
      #expect(
        try await bench.bgrun("Plans/one.swift", "--executor", "mock").output.contains("fire"))
      #expect(try modules().count == 2)
    }

    @Test func `that do not compile are shown as the user calls them`() async throws {
      try bench.write("Plans/Steps/Smoke.swift", Self.smoke + "let number: Int = \"\"\n")
      let ending = try await bench.bgrun("check", "Plans/one.swift")
      #expect(ending.status == 2)
      #expect(
        ending.errors.hasPrefix(
          "Plans/Steps/Smoke.swift:7:19: error: cannot convert value of type 'String'"), "\(ending)"
      )
      #expect(
        ending.errors.hasSuffix("bgrun: Plans/Steps does not compile; nothing was run\n"))
      #expect(try modules().isEmpty)
    }

    @Test func `show where their steps are, and say packages as plans do`() async throws {
      try bench.write(
        "Plans/Steps/Warm.swift",
        "public import DeployDSL\n@PlanBuilder public func warm() -> Steps { Wait(1) }\n")
      try bench.write("Plans/one.swift", AcmeSteps.plan("import PlanSteps", "warm()"))
      let graph = try await bench.bgrun("graph", "Plans/one.swift", "--format", "json")
      #expect(graph.output.contains(#""Plans/Steps/Warm.swift""#), "\(graph)")
      try bench.write(
        "Plans/Steps/Smoke.swift",
        "import AcmeSteps  // package(path: \"../../acme\")\n" + Self.smoke)
      let ending = try await bench.bgrun("check", "Plans/one.swift")
      #expect(
        ending.errors == """
          Plans/Steps/Smoke.swift:1:22: error: no package at ../../acme
          1 | import AcmeSteps  // package(path: "../../acme")
            |                      ^ \(bench.folder.path)/acme does not exist; the path is relative \
          to this file

          """, "\(ending)")
    }

    @Test func `that are not there`() async throws {
      try FileManager.default.removeItem(at: bench.folder.appendingPathComponent("Plans/Steps"))
      let ending = try await bench.bgrun("check", "Plans/one.swift")
      let note =
        "Plans/one.swift:2:8: note: it is compiled from Steps/*.swift beside the plan, but no such "
        + "file exists\n"
      #expect(ending.errors.contains(note), "\(ending)")
    }
  }
}
