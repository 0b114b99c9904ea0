import Testing

@testable import bgrun

@Suite("What reading tells about a plan")
struct PlanSummaryTests {
  @Test(
    "the applications, in their order",
    arguments: [
      ("Deploy(\"a\") { Wait(1) }\nlet b = Deploy( \n \"b\", health: \"/\") { }", ["a", "b"]),
      ("// Deploy(\"a\")\n/* Deploy(\"b\") */ Deploy (\"c\") {}", ["c"]),
      ("Deploy(name) {}; Deploy(\"x\\(1)\") {}", ["?", "?"]),
      ("Print(\"Deploy(\\\"a\\\")\"); func Deployed(_ x: String) {}; x.Deploy(\"d\")", []),
      ("let text = \"\"\"\n  Deploy(\"a\") {}\n  \"\"\"\nimport Deploy\n", []),
    ] as [(String, [String])])
  func applications(text: String, names: [String]) {
    #expect(PlanSummary.applications(in: Array(text.utf8)) == names)
  }
}
