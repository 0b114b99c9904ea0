import Foundation
import Testing

extension ToolTests {
  @Suite("SARIF") struct SARIFTests {
    /// What version 2.1.0 requires of the parts that bgrun writes.
    @Test func `the log has the structure that SARIF 2.1.0 requires`() async throws {
      let bench = try Workbench()
      try bench.write("bad.swift", "import DeployDSL\nDeploy(\"x\") {\n  Up(.target)\n}\n")
      let ending = try await bench.bgrun("check", "bad.swift", "--format", "sarif")
      #expect(ending.status == 2, "\(ending)")
      let log = try #require(
        try JSONSerialization.jsonObject(with: Data(ending.output.utf8)) as? [String: Any])
      #expect(log["version"] as? String == "2.1.0")
      #expect((log["$schema"] as? String)?.hasSuffix("sarif-2.1.0.json") == true)
      let run = try #require((log["runs"] as? [[String: Any]])?.first)
      let driver = try #require((run["tool"] as? [String: Any])?["driver"] as? [String: Any])
      #expect(driver["name"] as? String == "bgrun")
      let rules = try #require(driver["rules"] as? [[String: Any]])
      let ids = rules.compactMap { $0["id"] as? String }
      #expect(ids.count == rules.count && Set(ids).count == ids.count)
      let levels = ["none", "note", "warning", "error"]
      for rule in rules {
        #expect((rule["shortDescription"] as? [String: Any])?["text"] is String)
        let level = (rule["defaultConfiguration"] as? [String: Any])?["level"] as? String
        #expect(level.map(levels.contains) == true)
      }
      let results = try #require(run["results"] as? [[String: Any]])
      #expect(!results.isEmpty)
      for result in results {
        let index = try #require(result["ruleIndex"] as? Int)
        #expect(result["ruleId"] as? String == ids[index])
        #expect((result["level"] as? String).map(levels.contains) == true)
        #expect(((result["message"] as? [String: Any])?["text"] as? String)?.isEmpty == false)
        for location in try #require(result["locations"] as? [[String: Any]]) {
          let place = try #require(location["physicalLocation"] as? [String: Any])
          let file = try #require(place["artifactLocation"] as? [String: Any])
          #expect(file["uri"] as? String == "bad.swift")
          let region = try #require(place["region"] as? [String: Any])
          #expect(
            (region["startLine"] as? Int ?? 0) > 0 && (region["startColumn"] as? Int ?? 0) > 0)
        }
      }
    }
  }
}
