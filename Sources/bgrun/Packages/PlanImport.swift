/// An import of a Swift file, and the comment that follows it on its line.
struct PlanImport: Equatable {
  /// The module, without what is taken from it.
  var module: String
  /// What follows `//` on the line; `nil` if there is no comment.
  var comment: String?
  var line: Int
  /// The column of `import`, counted from 1.
  var column: Int
  /// The column of the comment's text.
  var commentColumn: Int
}

extension PlanImport {
  /// The imports of a file, in its order. Nothing is compiled: comments and texts of several lines
  /// are passed over.
  static func all(in bytes: [UInt8]) -> [PlanImport] {
    var imports: [PlanImport] = []
    var skimmer = SwiftScanner()
    let text = String(decoding: bytes, as: UTF8.self)
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      if skimmer.isInCode, let found = PlanImport(line: line, number: index + 1) {
        imports.append(found)
      } else {
        _ = skimmer.code(of: line)
      }
    }
    return imports
  }

  private static let kinds: [Substring] = [
    "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor",
  ]
  private static let access: [Substring] = [
    "public", "package", "internal", "fileprivate", "private",
  ]

  /// Reads a line; `nil` if it is no import.
  private init?(line: Substring, number: Int) {
    let slashes = line.indices.first { line[$0...].hasPrefix("//") } ?? line.endIndex
    let code = line[..<slashes]
    var words = code.split { $0 == " " || $0 == "\t" }
    while let first = words.first, first.hasPrefix("@") || Self.access.contains(first) {
      words.removeFirst()
    }
    guard words.count >= 2, words[0] == "import" else { return nil }
    let begin = words.removeFirst().startIndex
    if words.count >= 2, Self.kinds.contains(words[0]) { words.removeFirst() }
    module = String(words[0].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    guard !module.isEmpty else { return nil }
    self.line = number
    column = line.utf8.distance(from: line.startIndex, to: begin) + 1
    let text = line[slashes...].dropFirst(2).drop { $0.isWhitespace }
    comment = slashes == line.endIndex ? nil : String(text)
    commentColumn = line.utf8.distance(from: line.startIndex, to: text.startIndex) + 1
  }
}
