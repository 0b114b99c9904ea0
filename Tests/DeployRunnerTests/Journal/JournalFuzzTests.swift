import DeployDSL
import Testing

@testable import DeployRunner

@Suite struct JournalFuzzTests {
  /// Reproducible random numbers (SplitMix64).
  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  /// One to four random changes.
  private func mutate(_ bytes: inout [UInt8], _ lines: [[UInt8]], _ random: inout Generator) {
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: bytes[place] ^= UInt8.random(in: 1...255, using: &random)
      case 1: bytes.insert(.random(in: 0...255, using: &random), at: place)
      case 2: bytes.remove(at: place)
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + 40))
      case 4: bytes.removeLast(bytes.count - place)
      case 5: bytes.insert(contentsOf: lines.randomElement(using: &random) ?? [], at: place)
      default: bytes.insert(contentsOf: [UInt8](repeating: 0, count: 9), at: place)
      }
    }
  }

  /// JSON changed under a checksum that fits: reaches what the checksum keeps out otherwise.
  private func forge(_ line: [UInt8], _ random: inout Generator) -> [UInt8] {
    var json = Array(line.dropLast().split(separator: 32, maxSplits: 2)[2])
    mutate(&json, [], &random)
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
    var random = Generator(state: 42)
    var tried = 0, read = 0, refused = 0, forged = 0
    for turn in 0..<20_000 {
      let lines = journals[turn % journals.count]
      let whole = originals[turn % journals.count]
      var bytes = files[turn % files.count]
      let isForged = Bool.random(using: &random)
      if isForged {
        var lines = lines
        let index = Int.random(in: lines.indices, using: &random)
        lines[index] = forge(lines[index], &random)
        bytes = lines.reduce(into: []) { $0 += $1 }
        forged += 1
      } else {
        mutate(&bytes, lines, &random)
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
