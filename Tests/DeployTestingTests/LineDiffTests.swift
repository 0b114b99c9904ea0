import Testing

@testable import DeployTesting

struct LineDiffTests {
  @Test(arguments: [
    ("docker stop web", "docker stop web", true), ("docker stop", "docker stop web", false),
    ("docker … web", "docker stop web", true), ("docker … web", "docker web", false),
    ("…", "", true), ("", "", true), ("", "a", false), ("a…a", "a", false), ("a…a", "aa", true),
    ("…b…c…", "a c b c", true), ("…c…b…", "a b c", false), ("a…b…b", "a b", false),
    ("[a-z]+ (…)?", "[a-z]+ ()?", true),
  ])
  func `An ellipsis stands for anything, the rest for itself`(
    pattern: String, line: String, matches: Bool
  ) {
    #expect(Glob(pattern).matches(line) == matches)
  }

  @Test func `Equal lists have no difference`() {
    #expect(LineDiff(expected: [], actual: []).isEmpty)
    #expect(LineDiff(expected: ["a", "b…"], actual: ["a", "bc"]).isEmpty)
  }

  @Test func `A difference keeps what is common in its place`() {
    let diff = LineDiff(
      expected: ["pull", "up …", "reload"], actual: ["up green", "stop", "reload"])
    #expect(!diff.isEmpty)
    #expect(diff.text == "  - pull\n    up green\n  + stop\n    reload")
  }

  @Test func `The same lines in another order are a difference`() {
    #expect(LineDiff(expected: ["a", "b"], actual: ["b", "a"]).text == "  - a\n    b\n  + a")
    #expect(LineDiff(expected: ["a"], actual: ["a", "a"]).text == "    a\n  + a")
  }
}
