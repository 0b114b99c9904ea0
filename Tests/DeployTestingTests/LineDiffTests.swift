import Testing

@testable import DeployTesting

struct LineDiffTests {
  @Test(
    "An ellipsis stands for anything, the rest for itself",
    arguments: [
      ("docker stop web", "docker stop web", true), ("docker stop", "docker stop web", false),
      ("docker … web", "docker stop web", true), ("docker … web", "docker web", false),
      ("…", "", true), ("", "", true), ("", "a", false), ("a…a", "a", false), ("a…a", "aa", true),
      ("…b…c…", "a c b c", true), ("…c…b…", "a b c", false), ("a…b…b", "a b", false),
      ("[a-z]+ (…)?", "[a-z]+ ()?", true),
    ])
  func patterns(pattern: String, line: String, matches: Bool) {
    #expect(Glob(pattern).matches(line) == matches)
  }

  @Test("Equal lists have no difference")
  func equal() {
    #expect(LineDiff(expected: [], actual: []).isEmpty)
    #expect(LineDiff(expected: ["a", "b…"], actual: ["a", "bc"]).isEmpty)
  }

  @Test("A difference keeps what is common in its place")
  func different() {
    let diff = LineDiff(
      expected: ["pull", "up …", "reload"], actual: ["up green", "stop", "reload"])
    #expect(!diff.isEmpty)
    #expect(diff.text == "  - pull\n    up green\n  + stop\n    reload")
  }

  @Test("The same lines in another order are a difference")
  func order() {
    #expect(LineDiff(expected: ["a", "b"], actual: ["b", "a"]).text == "  - a\n    b\n  + a")
    #expect(LineDiff(expected: ["a"], actual: ["a", "a"]).text == "    a\n  + a")
  }
}
