import Foundation
import Testing

extension ToolTests {
  @Suite("The guides")
  struct Guides {
    /// What can be run without Docker and without a terminal.
    private static let runnable = ["run", "check", "graph", "list", "help", "status"]

    @Test(arguments: try Guide.all)
    func `every piece of Swift is a file of the guide's project and compiles, every command runs`(
      guide: Guide
    ) async throws {
      for block in guide.blocks where block.language == "swift" {
        #expect(block.path != nil, "a block does not begin with `// FILE.swift`:\n\(block.text)")
      }
      let bench = try Workbench()
      #expect(try await GuideCompiler(bench).problems(of: guide) == "")
      for file in guide.files where file.path.isPlan {
        let needed = file.text.matches(of: /Parameter\(required: "(\w+)"\)/)
        let settings = needed.flatMap { ["--set", "\($0.1)=1"] }
        let run = try await bench.run(
          [try Workbench.tool().path, file.path, "--executor", "mock"] + settings)
        #expect(run.status == 0, "\(file.path): \(run)")
      }
      for words in guide.commands {
        let name = words.first.flatMap { $0.hasSuffix(".swift") ? nil : $0 } ?? "run"
        let help = try await bench.bgrun("help", name)
        #expect(help.status == 0, "\(words): \(help)")
        for option in words where option.hasPrefix("--") {
          #expect(help.output.contains(option), "bgrun \(name) has no \(option)")
        }
        guard Self.runnable.contains(name), !words.contains("--on") else { continue }
        let isMeantForDocker =
          ["run", "status"].contains(name) && !words.contains("mock") && !words.contains("--help")
        let ending = try await bench.run(
          [try Workbench.tool().path] + words + (isMeantForDocker ? ["--executor", "mock"] : []))
        #expect(ending.status == 0, "bgrun \(words.joined(separator: " ")): \(ending)")
      }
    }

    @Test func `the guide from deploy.sh quotes every line of the script, in its order`() throws {
      let guide = try #require(try Guide.all.first { $0.name == "FromDeployScript" })
      let script = try String(
        contentsOf: Workbench.repository.appending(path: "Tests/DockerTests/Fixtures/deploy.sh"),
        encoding: .utf8)
      let quoted = guide.blocks.filter { $0.language == "bash" }.map(\.text).joined()
      #expect(quoted.codeLines == script.codeLines)
    }
  }
}

extension String {
  /// A plan of the guide's project, not a step beside plans.
  fileprivate var isPlan: Bool {
    hasPrefix("Plans/") && split(separator: "/").count == 2 && !hasSuffix("Package.swift")
  }

  /// The lines that do something.
  fileprivate var codeLines: [Substring] {
    split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) }
  }
}
