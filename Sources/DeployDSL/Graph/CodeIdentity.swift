/// The comparable identity of a step's code: its type, its description and its stored values.
struct CodeIdentity: Encodable {
  private let type: String
  private let reads: [String]
  private let writes: [String]
  private let isRepeatable: Bool
  private let values: [String]

  init(_ code: any PrimitiveStep) {
    type = "\(Swift.type(of: code))"
    reads = code.reads.ids.map(\.name)
    writes = code.writes.ids.map(\.name)
    isRepeatable = code.isRepeatable
    values = Self.values(in: code)
  }

  /// The texts, numbers and times in a value, each with its path.
  ///
  /// Objects and closures count only by their type, because their content may change while the plan
  /// stays the same. So do values of Foundation, whose parts are private.
  private static func values(in value: Any, at path: String = "", depth: Int = 0) -> [String] {
    switch value {
    case let text as String: return ["\(path)=\(text)"]
    case let truth as Bool: return ["\(path)=\(truth)"]
    case let number as any BinaryInteger: return ["\(path)=\(number)"]
    case let number as any BinaryFloatingPoint: return ["\(path)=\(number)"]
    case let time as Duration: return ["\(path)=\(time)"]
    default: break
    }
    let mirror = Mirror(reflecting: value)
    let type = "\(path):\(mirror.subjectType)"
    let isForeign = String(reflecting: mirror.subjectType).hasPrefix("Foundation")
    guard let style = mirror.displayStyle, Self.reflected.contains(style), depth < 8,
      !isForeign, !(value is SourceLocation)
    else { return [type] }
    if style == .enum, mirror.children.isEmpty { return ["\(path)=\(value)"] }
    let isUnordered = style == .dictionary || style == .set
    let parts = mirror.children.enumerated().map { index, child in
      let name = isUnordered ? "" : child.label ?? "\(index)"
      return values(in: child.value, at: "\(path).\(name)", depth: depth + 1)
    }
    if isUnordered { return [type] + parts.map { "\($0)" }.sorted() }
    return [type] + parts.flatMap(\.self)
  }

  private static let reflected: [Mirror.DisplayStyle] = [
    .struct, .enum, .tuple, .optional, .collection, .dictionary, .set,
  ]
}
