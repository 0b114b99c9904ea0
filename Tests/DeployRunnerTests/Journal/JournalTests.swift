import DeployDSL
import Foundation
import Testing

@testable import DeployRunner

@Suite struct JournalTests {
  let run: RunID
  let lines: [[UInt8]]
  var bytes: [UInt8] { Array(lines.joined()) }

  init() throws {
    run = try #require(ExampleJournal.run)
    lines = try ExampleJournal.lines(ExampleJournal.entries + ExampleJournal.rest, run: run)
  }

  private func read(_ bytes: [UInt8]) throws -> Journal { try Journal(bytes, path: "/j/x.jsonl") }

  private func damage(_ bytes: [UInt8]) -> DeployError? { failure { _ = try read(bytes) } }

  /// A line with another text and the right length and checksum for it.
  private func line(_ json: String) -> [UInt8] {
    let bytes = Array(json.utf8)
    return Array("\(bytes.count) \(CRC32.text(CRC32.of(bytes[...]))) \(json)\n".utf8)
  }

  @Test func `every kind of record comes back as it was written`() throws {
    let journal = try read(bytes)
    #expect(
      journal.records.map(\.entry)
        == [.runStarted(ExampleJournal.header(run))] + ExampleJournal.entries
        + ExampleJournal.rest)
    #expect(journal.length == bytes.count)
    #expect(journal.records.map(\.number) == Array(1...lines.count))
  }

  @Test func `a line is its length, its checksum and its JSON`() throws {
    let entry = JournalEntry.undoStarted(id: 1)
    let line = try JournalLine.encode(JournalRecord(number: 7, at: 1500, entry: entry))
    let json = #"{"at":1500,"entry":{"undoStarted":{"id":1}},"number":7}"#
    let text = String(decoding: line, as: UTF8.self)
    #expect(text == "55 \(CRC32.text(CRC32.of(Array(json.utf8)[...]))) \(json)\n")
    #expect(CRC32.text(CRC32.of(Array("123456789".utf8)[...])) == "cbf43926")
  }

  @Test func `an empty file is a run that never started`() throws {
    #expect(try read([]).state.header == nil)
    #expect(try read([]).state.isInterrupted == false)
  }

  @Test func `a file cut off at any byte holds the whole lines before`() throws {
    let lines = lines.prefix(10)
    let bytes = Array(lines.joined())
    var ends: [Int] = []
    for line in lines { ends.append((ends.last ?? 0) + line.count) }
    for length in 0...bytes.count {
      let journal = try read(Array(bytes[..<length]))
      let whole = ends.count { $0 <= length }
      guard journal.records.count == whole, journal.length == (whole == 0 ? 0 : ends[whole - 1])
      else {
        Issue.record("cut at \(length): \(journal.records.count) records instead of \(whole)")
        return
      }
    }
  }

  @Test func `garbage without a line end, as a power cut may leave it, is left out`() throws {
    for tail in [[UInt8](repeating: 0, count: 4096), Array("56 0000".utf8), [0xFF, 0xFE]] {
      #expect(try read(bytes + tail).length == bytes.count)
    }
  }

  @Test(arguments: [0x01, 0x20, 0x80, 0xFF] as [UInt8])
  func `a changed byte anywhere in a middle line is found, and its place named`(
    mask: UInt8
  ) throws {
    let middle = 5
    let start = lines[..<middle].joined().count
    var missed = 0
    for offset in lines[middle].indices {
      var bytes = bytes
      bytes[start + offset] ^= mask
      guard let failure = damage(bytes),
        failure.message.hasPrefix("/j/x.jsonl is damaged at line \(middle + 1): ")
      else {
        missed += 1
        continue
      }
    }
    #expect(missed == 0)
  }

  @Test func `damage says which file, which line, why, and what to do`() {
    var bytes = bytes
    bytes[lines[0].count + 40] ^= 1
    #expect(
      damage(bytes)?.description
        == "/j/x.jsonl is damaged at line 2: its checksum does not match; check the state (`bgrun "
        + "status PLAN`), fix it manually if needed, then move the file aside: "
        + "`mv /j/x.jsonl /j/x.jsonl.damaged`")
  }

  @Test func `a changed byte in a last line that has its end is damage, not a cut`() throws {
    var bytes = bytes
    bytes[bytes.count - 3] ^= 1
    #expect(damage(bytes)?.message.contains("line \(lines.count)") == true)
  }

  @Test func `a line that is missing, doubled or out of order is found`() {
    var missing = lines
    missing.remove(at: 3)
    #expect(
      damage(Array(missing.joined()))?.message.hasPrefix("/j/x.jsonl is damaged at line 4") == true)
    var doubled = lines
    doubled.insert(lines[3], at: 4)
    #expect(damage(Array(doubled.joined()))?.message.contains("line 5: it is record 4") == true)
    #expect(damage(Array(lines.dropFirst().joined()))?.message.contains("line 1") == true)
  }

  @Test func `an unknown version is refused, whatever else it holds`() {
    let future = line(
      #"{"entry":{"runStarted":{"_0":{"version":9,"bgrun":"4.2"}}},"hologram":true}"#)
    #expect(
      damage(future + lines[1])?.description
        == "/j/x.jsonl has format 9, and this bgrun reads 1; use the bgrun that wrote it (4.2)")
  }

  @Test func `a record of an unknown kind is refused`() {
    let odd = line(#"{"at":0,"entry":{"dance":{}},"number":2}"#)
    #expect(damage(lines[0] + odd)?.message.contains("line 2: it cannot be decoded") == true)
  }
}
