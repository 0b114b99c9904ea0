import BgrunSystem

/// The format of a line: `<length> <crc32> <json>` and a line feed.
enum JournalLine {
  static func encode(_ record: JournalRecord) throws -> [UInt8] {
    let json = try record.jsonBytes()
    return Array("\(json.count) \(CRC32.text(CRC32.of(json[...]))) ".utf8) + json
      + [UInt8(ascii: "\n")]
  }

  /// Why a line is invalid.
  enum Damage: Error, Hashable {
    case notARecord, wrongLength, wrongChecksum
    case unknown(String)
    case wrongNumber(Int)

    var text: String {
      switch self {
      case .notARecord: "it is not a record"
      case .wrongLength: "its length does not match"
      case .wrongChecksum: "its checksum does not match"
      case .unknown(let reason): "it cannot be decoded: \(reason)"
      case .wrongNumber(let number): "it is record \(number): lines are missing or duplicated"
      }
    }
  }

  /// The JSON of a line, with its length and checksum verified.
  static func json(_ line: ArraySlice<UInt8>) throws(Damage) -> ArraySlice<UInt8> {
    let space = UInt8(ascii: " ")
    guard let first = line.prefix(12).firstIndex(of: space),
      let length = Int(String(decoding: line[..<first], as: UTF8.self))
    else { throw .notARecord }
    let checksum = line[(first + 1)...].prefix(8)
    let json = line[(first + 1)...].dropFirst(9)
    guard checksum.count == 8, line[(first + 1)...].dropFirst(8).first == space else {
      throw .notARecord
    }
    guard json.count == length else { throw .wrongLength }
    guard CRC32.text(CRC32.of(json)).utf8.elementsEqual(checksum) else { throw .wrongChecksum }
    return json
  }

  static func decode(
    _ line: ArraySlice<UInt8>, by decoder: JSONDecoder = JSONDecoder()
  ) throws(Damage) -> JournalRecord {
    let json = try json(line)
    do {
      return try decoder.decode(JournalRecord.self, from: Data(json))
    } catch {
      throw .unknown("\(error)")
    }
  }

  /// The version that a first line states, whatever else it contains.
  static func version(_ line: ArraySlice<UInt8>) -> (format: Int, bgrun: String?)? {
    struct Claim: Decodable {
      struct Entry: Decodable { var runStarted: Payload }
      struct Payload: Decodable { var _0: Header }
      struct Header: Decodable {
        var version: Int
        var bgrun: String?
      }
      var entry: Entry
    }
    guard let json = try? json(line),
      let claim = try? JSONDecoder().decode(Claim.self, from: Data(json))
    else { return nil }
    return (claim.entry.runStarted._0.version, claim.entry.runStarted._0.bgrun)
  }
}
