import DeployRunner
import Foundation
import Testing

/// Holds the reference's table of findings against the rules.
@Suite struct FindingTableTests {
  @Test func `the reference lists every rule, with its severity and meaning`() throws {
    let reference = Workbench.repository.appending(
      path: "Sources/DeployDSL/DeployDSL.docc/Reference.md")
    let text = try String(contentsOf: reference, encoding: .utf8)
    let (project, host) = (Inspection.projectRules.map(\.id), Inspection.hostRules.map(\.id))
    let rows = Inspection.rules.map { rule in
      let command =
        project.contains(rule.id)
        ? host.contains(rule.id) ? "both" : "check" : host.contains(rule.id) ? "doctor" : "check"
      return "| `\(rule.id)` | \(rule.severity) | \(command) | \(rule.summary) |"
    }
    let table =
      "| finding | severity | command | what it means |\n| --- | --- | --- | --- |\n"
      + rows.joined(separator: "\n") + "\n"
    #expect(text.contains(table), "Reference.md should say\n\(table)")
  }
}
