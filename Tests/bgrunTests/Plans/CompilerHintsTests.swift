import Foundation
import Testing

@testable import bgrun

@Suite struct CompilerHintsTests {
  @Test func `a misspelled name is compared with every step that there is`() throws {
    let folder = Workbench.repository.appendingPathComponent("Sources/DeployDSL/Steps")
    for file in try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    {
      let text = try String(contentsOf: file, encoding: .utf8)
      for step in text.matches(of: /public struct (\w+): (?:BuiltIn)?Step\b/).map(\.output.1) {
        #expect(CompilerHints.knownNames.contains(String(step)))
      }
    }
  }
}
