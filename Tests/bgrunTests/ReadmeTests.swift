import Foundation
import Testing

@Suite("What README and Plans promise")
struct ReadmeTests {
  private var readme: String {
    get throws {
      try String(contentsOf: Bgrun.repository.appending(path: "README.md"), encoding: .utf8)
    }
  }

  @Test("README's first command deploys on the simulated host")
  func command() async throws {
    let line = try #require(
      try readme.split(separator: "\n").first { $0.hasPrefix("swift run bgrun ") })
    let words = line.split(separator: " ").dropFirst(3).map(String.init)
    try await Bgrun.with { tool in
      let ending = try await tool.run(Bgrun.path, words, in: Bgrun.repository)
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.output.contains("serves now"))
    }
  }

  @Test("README's first plan compiles and is without mistakes")
  func plan() async throws {
    let text = try readme
    let start = try #require(text.range(of: "```swift\n")).upperBound
    let end = try #require(text[start...].range(of: "```")).lowerBound
    try await Bgrun.with { tool in
      let ending = try await tool.run("check", try tool.write(String(text[start..<end])))
      #expect(ending.status == 0, "\(ending.errors)")
    }
  }

  @Test("README is short") func length() throws {
    #expect(try readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 151)
  }

  @Test("every plan in Plans deploys on the simulated host, and as a dry run")
  func plans() async throws {
    let folder = Bgrun.repository.appending(path: "Plans")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".swift") }
    #expect(names.contains("grafana.swift"))
    try await Bgrun.with { tool in
      for name in names {
        let plan = "Plans/\(name)"
        let run = try await tool.run(plan, "--executor", "mock", in: Bgrun.repository)
        #expect(run.status == 0, "\(plan): \(run.errors)")
        let dry = try await tool.run(plan, "--executor", "mock", "--dry-run", in: Bgrun.repository)
        #expect(dry.status == 0, "\(plan): \(dry.errors)")
      }
    }
  }

  @Test("a graph is drawn in every format")
  func graphs() async throws {
    try await Bgrun.with { tool in
      for (format, word) in [
        ("text", "Reload"), ("mermaid", "flowchart"), ("dot", "digraph"), ("json", "\"nodes\""),
      ] {
        let ending = try await tool.run(
          "graph", "Plans/grafana.swift", "--format", format, in: Bgrun.repository)
        #expect(ending.status == 0)
        #expect(ending.output.contains(word), "\(format): \(ending.output)")
      }
    }
  }
}
