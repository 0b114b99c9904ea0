/// A JSON value that keeps its keys in order, so that answers look like the engine's.
enum JSONText: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  case string(String)
  case number(Int)
  case bool(Bool)
  case array([JSONText])
  case object([(String, JSONText)])
  case null

  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .number(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral elements: JSONText...) { self = .array(elements) }
  init(dictionaryLiteral elements: (String, JSONText)...) { self = .object(elements) }

  /// Sorted by key, as Go writes its maps.
  static func map(_ values: [String: JSONText]) -> JSONText {
    .object(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }

  /// The text, indented.
  func text(indent: String, at depth: String = "") -> String {
    let inner = depth + indent
    switch self {
    case .string(let value): return Self.quoted(value)
    case .number(let value): return "\(value)"
    case .bool(let value): return "\(value)"
    case .null: return "null"
    case .array(let values):
      if values.isEmpty { return "[]" }
      let lines = values.map { inner + $0.text(indent: indent, at: inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(depth)]"
    case .object(let pairs):
      if pairs.isEmpty { return "{}" }
      let lines = pairs.map { key, value in
        inner + Self.quoted(key) + ": " + value.text(indent: indent, at: inner)
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(depth)}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "<", ">", "&", "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
