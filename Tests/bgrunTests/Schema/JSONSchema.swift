import Foundation

/// A value of JSON.
enum JSONValue: Decodable, Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([JSONValue].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }

  init(_ text: some StringProtocol) throws {
    self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
  }

  subscript(key: String) -> JSONValue? { if case .object(let all) = self { all[key] } else { nil } }

  var elements: [JSONValue] { if case .array(let all) = self { all } else { [] } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
  var members: [String: JSONValue] { if case .object(let all) = self { all } else { [:] } }
}

/// The parts of JSON Schema that bgrun's schema uses, stricter in one point: a property that the
/// schema does not describe is a violation.
struct JSONSchema {
  private let root: JSONValue

  /// What a value has that its schema describes, and where it violates it.
  private struct Finding {
    var known: Set<String> = []
    var violations: [String] = []
  }

  private static let words: Set<String> = [
    "$ref", "allOf", "oneOf", "type", "const", "enum", "properties", "required", "items",
    "additionalProperties", "description",
  ]

  init(_ text: String) throws { root = try JSONValue(text) }

  /// The names of the definitions.
  var names: Set<String> { Set(root["$defs"]?.members.keys.map { $0 } ?? []) }

  /// Where a value violates a definition; empty if it fits.
  func violations(of value: JSONValue, as name: String) -> [String] {
    check(value, .object(["$ref": .string("#/$defs/\(name)")]), at: "")
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
    let finding = look(at: value, schema, path)
    // A map or any value may have any member.
    let isOpen = schema["additionalProperties"] != nil || schema.members.isEmpty
    let unknown = isOpen ? [] : Set(value.members.keys).subtracting(finding.known).sorted()
    return finding.violations + unknown.map { "\(path)/\($0) is not in the schema" }
  }

  private func look(at value: JSONValue, _ schema: JSONValue, _ path: String) -> Finding {
    var finding = Finding()
    func violated(_ text: String) { finding.violations.append("\(path): \(text)") }
    for word in schema.members.keys where !Self.words.contains(word) {
      violated("the schema uses \(word), which this test does not know")
    }
    if let name = schema["$ref"]?.text?.split(separator: "/").last.map(String.init) {
      guard let target = root["$defs"]?[name] else {
        return Finding(violations: ["\(path): \(name) is not defined"])
      }
      finding = look(at: value, target, path)
    }
    for part in schema["allOf"]?.elements ?? [] {
      let found = look(at: value, part, path)
      finding.known.formUnion(found.known)
      finding.violations += found.violations
    }
    if let choices = schema["oneOf"]?.elements {
      let found = choices.map { look(at: value, $0, path) }
      let fitting = found.filter(\.violations.isEmpty)
      // The nearest choice tells most.
      let nearest = fitting.first ?? found.min { $0.violations.count < $1.violations.count }
      finding.known.formUnion(nearest?.known ?? [])
      finding.violations += nearest?.violations ?? []
      if fitting.count > 1 { violated("fits \(fitting.count) choices") }
    }
    if let type = schema["type"]?.text, !value.is(type) { violated("is no \(type)") }
    if let constant = schema["const"], constant != value { violated("is not \(constant)") }
    if let choices = schema["enum"]?.elements, !choices.contains(value) {
      violated("\(value) is none of the choices")
    }
    for name in schema["required"]?.elements.compactMap(\.text) ?? [] where value[name] == nil {
      violated("lacks \(name)")
    }
    for (name, part) in schema["properties"]?.members ?? [:] {
      finding.known.insert(name)
      if let member = value[name] {
        finding.violations += check(member, part, at: "\(path)/\(name)")
      }
    }
    if let part = schema["additionalProperties"] {
      for (name, member) in value.members where !finding.known.contains(name) {
        finding.violations += check(member, part, at: "\(path)/\(name)")
      }
      finding.known.formUnion(value.members.keys)
    }
    if let part = schema["items"] {
      for (number, element) in value.elements.enumerated() {
        finding.violations += check(element, part, at: "\(path)/\(number)")
      }
    }
    return finding
  }
}

extension JSONValue {
  fileprivate func `is`(_ type: String) -> Bool {
    switch (self, type) {
    case (.object, "object"), (.array, "array"), (.string, "string"), (.bool, "boolean"),
      (.number, "number"), (.null, "null"):
      true
    case (.number(let number), "integer"): number == number.rounded()
    default: false
    }
  }
}
