/// A field of the JSON that docker and Compose write.
///
/// One type for all of their objects instead of one each: the Swift runtime prepares a decoder for
/// every type of key that it meets, which took a dry run longer than reading the JSON itself.
struct JSONField: CodingKey, ExpressibleByStringLiteral {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringLiteral name: String) { stringValue = name }

  init?(stringValue name: String) { stringValue = name }

  init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<JSONField> {
  /// The object of a field; `nil` if it is not there, or null.
  func object(_ field: JSONField) throws -> Self? {
    guard contains(field), try !decodeNil(forKey: field) else { return nil }
    return try nestedContainer(keyedBy: JSONField.self, forKey: field)
  }

  /// The text of a field; `nil` if it is not there, or null.
  func text(_ field: JSONField) throws -> String? {
    try decodeIfPresent(String.self, forKey: field)
  }

  /// The whole number of a field; `nil` if it is not there, or null.
  func number(_ field: JSONField) throws -> Int? { try decodeIfPresent(Int.self, forKey: field) }
}
