/// A field of docker's and Compose's JSON.
///
/// One key type for all objects: the Swift runtime instantiates a decoder for every key type, which
/// took longer in a dry run than decoding the JSON.
struct JSONField: CodingKey, ExpressibleByStringLiteral {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringLiteral name: String) { stringValue = name }

  init?(stringValue name: String) { stringValue = name }

  init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<JSONField> {
  /// The object of a field; `nil` if it is absent or null.
  func object(_ field: JSONField) throws -> Self? {
    guard contains(field), try !decodeNil(forKey: field) else { return nil }
    return try nestedContainer(keyedBy: JSONField.self, forKey: field)
  }

  /// The string of a field; `nil` if it is absent or null.
  func text(_ field: JSONField) throws -> String? {
    try decodeIfPresent(String.self, forKey: field)
  }

  /// The integer of a field; `nil` if it is absent or null.
  func number(_ field: JSONField) throws -> Int? { try decodeIfPresent(Int.self, forKey: field) }
}
