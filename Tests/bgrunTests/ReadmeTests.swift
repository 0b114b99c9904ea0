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

    @Test func `README's first command deploys on the simulated host`() async throws {
      let line = try #require(
        try readme.split(separator: "\n").first { $0.hasPrefix("swift run bgrun ") })
      let words = line.split(separator: " ").dropFirst(3).map(String.init)
      let bench = try Workbench()
      let ending = try await bench.run(
        [try Workbench.tool().path] + words, in: Workbench.repository)
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.output.contains("serves now"))
    }

    @Test func `README is short`() throws {
      #expect(try readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 121)
    }

    @Test func `every link of README, CONTRIBUTING and the guides leads to a file`() throws {
      let root = Workbench.repository
      let tracked = ["Sources/DeployDSL", "Sources/DeployRunner", "Sources/DeployTesting"]
      let guides = try tracked.flatMap { module in
        let folder = root.appending(path: "\(module)/\(module.dropFirst(8)).docc")
        return try FileManager.default.contentsOfDirectory(
          at: folder, includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "md" }
      }
      let names = Set(guides.map { $0.deletingPathExtension().lastPathComponent })
      for page in ["README.md", "CONTRIBUTING.md"].map({ root.appending(path: $0) }) + guides {
        let text = try String(contentsOf: page, encoding: .utf8)
        for link in text.matches(of: /\]\(([^)#:]+)\)/) {
          let target = page.deletingLastPathComponent().appending(path: String(link.1))
          #expect(FileManager.default.fileExists(atPath: target.path), "\(page.path): \(link.1)")
        }
        for link in text.matches(of: /<doc:([A-Za-z]+)>/) {
          #expect(names.contains(String(link.1)), "\(page.path): \(link.0)")
        }
      }
    }

    @Test func `every plan in Plans deploys on the simulated host, and as a dry run`() async throws
    {
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
