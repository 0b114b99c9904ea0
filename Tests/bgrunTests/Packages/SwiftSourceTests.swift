import Testing

@testable import bgrun

@Suite("What reading tells about a Swift file")
struct SwiftSourceTests {
  private func imports(_ text: String) -> [String] {
    SwiftSource(Array(text.utf8)).imports.map { item in
      "\(item.line):\(item.column) \(item.module)" + (item.comment.map { " // \($0)" } ?? "")
    }
  }

  @Test func `each kind of import, with its comment`() {
    let text = """
      #!/usr/bin/env bgrun
      import DeployDSL
        public import AcmeSteps  // package(path: "..")
      @preconcurrency import struct Foundation.Data
      @_exported import Glibc.stdlib //none
      """
    let found = [
      "2:1 DeployDSL", "3:10 AcmeSteps // package(path: \"..\")", "4:17 Foundation",
      "5:12 Glibc // none",
    ]
    #expect(imports(text) == found)
    #expect(imports(text.replacing("\n", with: "\r\n")) == found)
  }

  @Test func `what only looks like an import is none`() {
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

  @Test(
    arguments: [
      ("Deploy(\"a\") { Wait(1) }\nlet b = Deploy( \n \"b\", health: \"/\") { }", ["a", "b"]),
      ("// Deploy(\"a\")\n/* Deploy(\"b\") */ Deploy (\"c\") {}", ["c"]),
      ("Deploy(name) {}; Deploy(\"x\\(1)\") {}", []),
      ("Print(\"Deploy(\\\"a\\\")\"); func Deployed(_ x: String) {}; x.Deploy(\"d\")", []),
      ("let text = \"\"\"\n  Deploy(\"a\") {}\n  \"\"\"\nimport Deploy\n", []),
    ] as [(String, [String])])
  func `the applications, in their order`(text: String, names: [String]) {
    #expect(SwiftSource(Array(text.utf8)).applications == names)
  }

  @Test func `names that the plan computes are said to be so`() {
    let text = "Deploy(\"a\") {}; for b in c { Deploy(b) {} }; Deploy(d) {}"
    let source = SwiftSource(Array(text.utf8))
    #expect(source.applications == ["a"])
    #expect(source.declarations == 3 && source.computesNames)
    #expect(source.applicationsText == "a, (names computed in the plan)")
    #expect(SwiftSource(Array("Deploy(\"a\") {}".utf8)).applicationsText == "a")
  }
}
