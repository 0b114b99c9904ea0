import Foundation
import Testing

extension ToolTests {
  @Suite("What README and Plans promise")
  struct Promises {
    private var readme: String {
      get throws {
        try String(contentsOf: Workbench.repository.appending(path: "README.md"), encoding: .utf8)
      }
    }

    @Test("README's first command deploys on the simulated host")
    func command() async throws {
      let line = try #require(
        try readme.split(separator: "\n").first { $0.hasPrefix("swift run bgrun ") })
      let words = line.split(separator: " ").dropFirst(3).map(String.init)
      let bench = try Workbench()
      let ending = try await bench.run(
        [try Workbench.tool().path] + words, in: Workbench.repository)
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.output.contains("serves now"))
    }

    @Test("README is short") func length() throws {
      #expect(try readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 121)
    }

    @Test("every plan in Plans deploys on the simulated host, and as a dry run")
    func plans() async throws {
      let folder = Workbench.repository.appending(path: "Plans")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".swift") }
      #expect(names.contains("grafana.swift"))
      let bench = try Workbench()
      for name in names {
        let plan = "Plans/\(name)"
        let run = try await bench.bgrun(plan, "--executor", "mock", in: Workbench.repository)
        #expect(run.status == 0, "\(plan): \(run.errors)")
        let dry = try await bench.bgrun(
          plan, "--executor", "mock", "--dry-run", in: Workbench.repository)
        #expect(dry.status == 0, "\(plan): \(dry.errors)")
      }
    }
  }
}
