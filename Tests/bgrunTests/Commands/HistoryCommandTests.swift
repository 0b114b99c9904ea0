import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun history")
  struct History {
    @Test("what a command printed cannot steer the terminal, nor turn the record's letters round")
    func hostile() async throws {
      let bench = try Workbench()
      try bench.write("compose.yaml", "services: {}\n")
      try bench.write(
        "say.sh",
        #"printf '\033]0;title\007\033[2J\033[1;1Hall is well \342\200\256live\n'; exit 1"#)
      try bench.write(
        "p.swift", "import DeployDSL\nDeploy(\"x\") {\n  Run(\"sh\", \"say.sh\")\n}\n")
      let words = #"\u001b]0;title\u0007all is well \u202elive"#
      let failed = try await bench.bgrun("p.swift", "--verbose")
      let list = try await bench.bgrun("history", "p.swift")
      let run = try #require(list.output.split(separator: " ").first)
      let record = try await bench.bgrun("history", "p.swift", String(run))
      #expect(record.output.contains(words), "\(record)")
      let json = try await bench.bgrun("p.swift", "--format", "json")
      #expect(json.output.contains(#"\u001b]0;title\u0007\u001b[2J\u001b[1;1Hall is well \u202e"#))
      for line in json.output.split(separator: "\n") {
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
      }
      for ending in [failed, list, record, json] {
        let text = ending.output + ending.errors
        #expect(
          !text.unicodeScalars.contains { "\u{1B}\u{07}\u{202E}".unicodeScalars.contains($0) },
          "\(ending)")
      }
    }
  }
}
