import Foundation

@testable import DeploySimulator

extension Random {
  /// Whether one of so many chances is taken.
  mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &self) == 0 }
}

/// Spoils texts at random, the same way in every run.
struct Garbler {
  var random: Random
  /// The words of the texts that it was given: taking them apart is slow.
  private var known: [String: [String]] = [:]

  init(seed: UInt64) { random = Random(state: seed) }

  /// What tends to be read wrongly.
  private static let oddities = [
    "", "\0", "\n", "\r\n", "\u{1b}[2J", "é", "e\u{301}", "\u{202e}", "\u{feff}", "👩‍👩‍👧‍👦", "\u{2028}",
    "٣",
    "-1", "0", "65536", "99999999999999999999", "9223372036854775807", "-9223372036854775808",
    "1e999", "0x10", "null", "true", "\"", "\\", "{", "}", "[", ";", "#", ":", "/", "..", "@HUGE@",
    String(repeating: "A", count: 5000), String(repeating: "{", count: 700),
  ]

  /// Spoiled text: by bytes, by words or, if it is JSON, by values.
  mutating func text(_ text: String) -> String {
    let changed =
      switch Int.random(in: 0..<3, using: &random) {
      case 0: String(decoding: bytes(Array(text.utf8)), as: UTF8.self)
      case 1: json(text) ?? words(text)
      default: words(text)
      }
    return changed == text ? words(text) : changed
  }

  /// One to four changes to bytes.
  mutating func bytes(_ original: [UInt8]) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: bytes[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.insert(.random(in: 0...255, using: &random), at: place)
      case 2: bytes.remove(at: place)
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + 40))
      case 4: bytes.removeLast(bytes.count - place)
      case 5: bytes.insert(contentsOf: bytes[place...].prefix(200), at: place)
      default: bytes.insert(0, at: place)
      }
    }
    return bytes
  }

  // MARK: Words

  /// Some words left out, doubled, exchanged or replaced by odd ones.
  mutating func words(_ text: String) -> String {
    var tokens = known[text] ?? Self.tokens(text)
    known[text] = tokens
    for _ in 0..<Int.random(in: 1...3, using: &random) where !tokens.isEmpty {
      let place = Int.random(in: tokens.indices, using: &random)
      let other = Int.random(in: tokens.indices, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: tokens.remove(at: place)
      case 1: tokens.insert(tokens[place], at: place)
      case 2: tokens.swapAt(place, other)
      case 3: tokens[place] = Self.oddities.randomElement(using: &random) ?? ""
      case 4: tokens.insert(Self.oddities.randomElement(using: &random) ?? "", at: place)
      default: tokens.removeSubrange(min(place, other)..<max(place, other))
      }
    }
    return tokens.joined().replacing("@HUGE@", with: "99999999999999999999999")
  }

  /// Words, and each other character for itself.
  private static func tokens(_ text: String) -> [String] {
    var tokens: [String] = []
    var isWord = false
    for character in text {
      let isPart = character.isLetter || character.isNumber || "-_.".contains(character)
      if isPart, isWord {
        tokens[tokens.count - 1].append(character)
      } else {
        tokens.append(String(character))
      }
      isWord = isPart
    }
    return tokens
  }

  // MARK: JSON

  /// Valid JSON with some values changed; nothing if the text is none.
  mutating func json(_ text: String) -> String? {
    guard var value = try? JSONSerialization.jsonObject(with: Data(text.utf8)) else { return nil }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      value = changed(value, depth: Int.random(in: 0...7, using: &random))
    }
    let options: JSONSerialization.WritingOptions = [.fragmentsAllowed, .sortedKeys]
    guard let data = try? JSONSerialization.data(withJSONObject: value, options: options) else {
      return nil
    }
    let deep = Int.random(in: 10...5000, using: &random)
    return String(decoding: data, as: UTF8.self)
      .replacing(
        "\"@DEEP@\"",
        with: String(repeating: "[", count: deep) + String(repeating: "]", count: deep)
      )
      .replacing("\"@HUGE@\"", with: random.chance(2) ? "99999999999999999999999" : "1e999")
  }

  /// The value with something in it changed, so many steps inside.
  private mutating func changed(_ value: Any, depth: Int) -> Any {
    if depth > 0, var object = value as? [String: Any],
      let key = object.keys.sorted().randomElement(using: &random)
    {
      switch Int.random(in: 0..<12, using: &random) {
      case 0: object[key] = nil
      case 1:
        object[Self.oddities.randomElement(using: &random) ?? ""] = object[key]
        object[key] = nil
      case 2:
        let other = object.keys.sorted().randomElement(using: &random) ?? key
        (object[key], object[other]) = (object[other], object[key])
      default: object[key] = changed(object[key] ?? NSNull(), depth: depth - 1)
      }
      return object
    }
    if depth > 0, var array = value as? [Any], !array.isEmpty {
      let place = Int.random(in: array.indices, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0: array.remove(at: place)
      case 1: array.append(array[place])
      case 2: array.swapAt(place, Int.random(in: array.indices, using: &random))
      default: array[place] = changed(array[place], depth: depth - 1)
      }
      return array
    }
    return odd(value)
  }

  /// Another value in the place of one.
  private mutating func odd(_ value: Any) -> Any {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return NSNull()
    case 1: return [value]
    case 2: return ["x": value]
    case 3: return Int.random(in: -1...70_000, using: &random)
    case 4: return "\(value)"
    case 5: return Bool.random(using: &random)
    case 6: return "@DEEP@"
    case 7: return [Any]()
    default: return Self.oddities.randomElement(using: &random) ?? ""
    }
  }
}
