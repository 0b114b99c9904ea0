import DeployDSL
import Testing

@testable import DeployRunner

@Suite struct JournalFuzzTests {
  /// JSON changed under a checksum that fits: reaches what the checksum keeps out otherwise.
  private func forge(_ line: [UInt8], _ garbler: inout Garbler) -> [UInt8] {
    var json = garbler.bytes(Array(line.dropLast().split(separator: 32, maxSplits: 2)[2]))
    json.removeAll { $0 == 10 }
    return Array("\(json.count) \(CRC32.text(CRC32.of(json[...]))) ".utf8) + json + [10]
  }

  @Test func `20,000 damaged journals are read or refused, and none is believed wrongly`() throws {
    let run = try #require(ExampleJournal.run)
    // Short journals, so that every kind of record is hit often.
    let all = ExampleJournal.entries + ExampleJournal.rest
    let journals = try stride(from: 0, to: all.count, by: 4).map { start in
      try ExampleJournal.lines(Array(all[start...].prefix(4)), run: run)
    }
    let files = journals.map { $0.reduce(into: [UInt8]()) { $0 += $1 } }
    let originals = try files.map { try Journal($0, path: "journal").records }
    var garbler = Garbler(seed: 42)
    var tried = 0, read = 0, refused = 0, forged = 0
    for turn in 0..<20_000 {
      let lines = journals[turn % journals.count]
      let whole = originals[turn % journals.count]
      var bytes = files[turn % files.count]
      let isForged = garbler.random.chance(2)
      if isForged {
        var lines = lines
        let index = Int.random(in: lines.indices, using: &garbler.random)
        lines[index] = forge(lines[index], &garbler)
        bytes = lines.reduce(into: []) { $0 += $1 }
        forged += 1
      } else {
        bytes = garbler.bytes(bytes)
      }
      tried += 1
      do {
        let journal = try Journal(bytes, path: "journal")
        read += 1
        _ = journal.state.toUndo
        guard isForged || whole.starts(with: journal.records) else {
          Issue.record("turn \(turn): records that were never written")
          return
        }
      } catch {
        refused += 1
        guard error.message.hasPrefix("journal ") else {
          Issue.record("turn \(turn): \(error)")
          return
        }
      }
    }
    print(
      "journal fuzz: \(tried) tried (\(forged) with a forged checksum), \(read) read, \(refused) refused"
    )
    #expect(tried == 20_000 && read > 0 && refused > 0)
  }
}
