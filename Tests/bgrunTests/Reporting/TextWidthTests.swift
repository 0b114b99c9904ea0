import Testing

@testable import DeployRunner

@Suite("Texts on a terminal")
struct TextWidthTests {
  @Test(arguments: [("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("✓", 1), ("🚀", 2), ("", 0)])
  func `how many columns a text takes`(text: String, columns: Int) {
    #expect(text.width == columns)
  }

  @Test func `cutting keeps within the limit`() {
    #expect("abcdef".truncated(toWidth: 6) == "abcdef")
    #expect("abcdefg".truncated(toWidth: 6) == "abcde…")
    #expect("日本語".truncated(toWidth: 4) == "日…")
  }

  @Test func `shortening ends after a word, if there is one`() {
    #expect("one two three".shortened(toWidth: 13) == "one two three")
    #expect("one two three".shortened(toWidth: 12) == "one two …")
    #expect("one two three".shortened(toWidth: 8) == "one …")
    #expect("abcdefghij".shortened(toWidth: 6) == "abcde…")
  }

  @Test func `lines are broken between words; a command stays one that can be pasted`() {
    #expect("a bc def".wrapped(first: 4, toWidth: 10) == ["a bc", "def"])
    #expect(
      "run `bgrun status PLAN` now".wrapped(first: 12, toWidth: 20)
        == ["run", "`bgrun status PLAN`", "now"])
    #expect("abcdefghijkl mno".wrapped(first: 5, toWidth: 10) == ["abcdefghijkl", "mno"])
    #expect(
      "docker ps --format 'a b c' --all".wrapped(first: 16, toWidth: 20, isCommand: true)
        == [#"docker ps \"#, #"--format 'a b c' \"#, "--all"])
  }

  @Test func `a command that is too long for a line does not glue the words behind it`() {
    let text =
      "see `bgrun rollback Plans/grafana.swift --list`, or deploy the version that you want"
    #expect(
      text.wrapped(first: 30, toWidth: 30) == [
        "see `bgrun rollback", "Plans/grafana.swift --list`,", "or deploy the version that you",
        "want",
      ])
    let two = "see `bgrun rollback p.swift --list`, then `--to RUN` now"
    #expect(
      two.wrapped(first: 20, toWidth: 20)
        == ["see `bgrun rollback", "p.swift --list`,", "then `--to RUN` now"])
  }

  @Test func `folded lines continue further in`() {
    #expect("ab\n  one two three\n".folded(toWidth: 12) == "ab\n  one two\n      three\n")
    #expect("    aaaa bbbb".folded(toWidth: 8) == "    aaaa bbbb")
  }

  @Test func `what a container prints cannot steer the terminal`() {
    #expect("\u{1B}[31mred\u{1B}[0m\u{07}".showable == #"red\u0007"#)
    #expect("a\tb\rc\u{1B}]0;title\u{07}".showable == #"a  b c\u001b]0;title\u0007"#)
    #expect("\u{9B}31m".showable == #"\u009b31m"#)
    #expect("\u{1B}[2J\u{1B}[1;1Hgone\u{1B}[".showable == #"gone\u001b["#)
    #expect("all is \u{202E}llew\u{2066}\u{200F}".showable == #"all is \u202ellew\u2066\u200f"#)
    #expect("zwölf 日本 👩‍💻".showable == "zwölf 日本 👩‍💻")
  }

  @Test
  func `in a text of several lines they stay lines, and what is coloured stays so if it is ours`() {
    let text = "a\r\nb\t\u{1B}[1;31mred\u{1B}[0m\u{1B}[2K\u{1B}[8"
    #expect(text.showable(isColored: false) == "a\nb\tred\\u001b[8")
    #expect(
      text.showable(isColored: true) == "a\nb\t\u{1B}[1;31mred\u{1B}[0m\\u001b[8")
  }

  @Test(arguments: [
    (0.04, "0.0 s"), (0.55, "0.6 s"), (12.34, "12.3 s"), (59.96, "1 min 0 s"), (75, "1 min 15 s"),
    (3661, "1 h 1 min"),
  ])
  func `lengths of time in a record`(seconds: Double, text: String) {
    #expect(Duration.seconds(seconds).inRecord == text)
  }
}
