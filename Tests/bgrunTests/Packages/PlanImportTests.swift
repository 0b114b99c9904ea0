import Testing

@testable import bgrun

@Suite("Imports, read without compiling")
struct PlanImportTests {
  private func imports(_ text: String) -> [String] {
    PlanImport.all(in: Array(text.utf8)).map { item in
      "\(item.line):\(item.column) \(item.module)" + (item.comment.map { " // \($0)" } ?? "")
    }
  }

  @Test("each kind of import, with its comment")
  func kinds() {
    let text = """
      #!/usr/bin/env bgrun
      import DeployDSL
        public import AcmeSteps  // package(path: "..")
      @preconcurrency import struct Foundation.Data
      @_exported import Glibc.stdlib //none
      """
    #expect(
      imports(text) == [
        "2:1 DeployDSL", "3:10 AcmeSteps // package(path: \"..\")", "4:17 Foundation",
        "5:12 Glibc // none",
      ])
  }

  @Test("what only looks like an import is none")
  func lookalikes() {
    let text = #"""
      // import A
      /* import B
      /* import C */
      import D */
      let text = """
        import E
        """
      let other = "/*"; let more = "\"/*"
      importer F
      import G
      """#
    #expect(imports(text) == ["10:1 G"])
  }
}
