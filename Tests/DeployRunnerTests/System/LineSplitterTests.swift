import Testing

@testable import DeployRunner

@Suite("LineSplitter")
struct LineSplitterTests {
  private func lines(_ chunks: [String]) -> ([String], String) {
    let lines = Collected<OutputLine>()
    var splitter = LineSplitter(.output, keeping: 1 << 20) { lines.add($0) }
    for chunk in chunks { splitter.append(chunk.utf8) }
    splitter.finish()
    return (lines.all.map(\.text), splitter.text)
  }

  @Test(
    arguments: [
      ([], []), (["\n"], [""]), (["a"], ["a"]), (["a\n"], ["a"]), (["a\nb"], ["a", "b"]),
      (["a\n\n", "b"], ["a", "", "b"]), (["a", "b", "\nc"], ["ab", "c"]),
      (["a\r\nb\r", "\n"], ["a", "b"]), (["a\rb\n"], ["a\rb"]), (["zwölf\n"], ["zwölf"]),
    ] as [([String], [String])])
  func `a line ends where its end is, wherever the chunks end`(
    chunks: [String], expected: [String]
  ) {
    #expect(lines(chunks).0 == expected)
    #expect(lines(chunks).1 == chunks.joined())
  }

  @Test func `a letter that two chunks share stays whole`() {
    let found = Collected<OutputLine>()
    var splitter = LineSplitter(.errors, keeping: 1 << 20) { found.add($0) }
    for byte in "äöü\n".utf8 { splitter.append([byte]) }
    #expect(found.all == [OutputLine("äöü", on: .errors)])
  }

  @Test func `a line that never ends is shown in pieces`() {
    let text = String(repeating: "x", count: 150_000)
    #expect(lines([text]).0.map(\.utf8.count) == [65_536, 65_536, 18_928])
  }

  @Test func `pieces are of whole letters, and all but the last say that they go on`() {
    let text = String(repeating: "x", count: 65_535) + "ä-after\r"
    let pieces = Collected<OutputLine>()
    var splitter = LineSplitter(.output, keeping: 1 << 20) { pieces.add($0) }
    splitter.append(text.utf8)
    splitter.append("\n".utf8)
    #expect(pieces.all.map { $0.text.drop { $0 == "x" } } == ["ä", "-after"])
    #expect(pieces.all.map(\.isContinued) == [true, false])
  }

  @Test func `bytes that are no text are shown in pieces, too`() {
    let pieces = Collected<OutputLine>()
    var splitter = LineSplitter(.output, keeping: 1 << 20) { pieces.add($0) }
    splitter.append([UInt8](repeating: 0x80, count: 200_000))
    #expect(pieces.all.count == 3)
  }

  @Test(arguments: [1000, 65_536, 3_000_000])
  func `the end of the stream is kept, in chunks of any size`(size: Int) {
    let chunk = String(repeating: "0123456789", count: size / 10)
    let count = 4_000_000 / chunk.utf8.count + 1
    let kept = lines([String](repeating: chunk, count: count) + ["end"]).1
    #expect(kept.utf8.count == 1 << 20)
    #expect(kept.hasSuffix("6789end") || kept.hasSuffix("end"))
  }
}
