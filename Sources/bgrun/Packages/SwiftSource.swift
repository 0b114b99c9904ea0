/// What reading tells about a Swift file: its imports, and the applications that it deploys. Nothing
/// is compiled.
struct SwiftSource {
  /// An import, and the comment that follows it on its line.
  struct Import {
    /// The module, without what is taken from it.
    var module: String
    /// What follows `//`; `nil` if there is no comment.
    var comment: String?
    var line: Int
    /// The column of `import`, counted from 1.
    var column: Int
    /// The column of the comment's text.
    var commentColumn: Int
  }

  private let bytes: [UInt8]
  /// The bytes, with spaces for comments and texts; a text's first quotation mark and line ends stay.
  private var code: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    code = bytes
    var index = 0
    while index < bytes.count {
      let begin = index
      if has("//", at: index) {
        index = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      } else if has("/*", at: index) {
        index = endOfComment(index)
      } else if has("\"\"\"", at: index) {
        index = endOfText(index + 3, "\"\"\"")
      } else if has("\"", at: index) {
        index = endOfText(index + 1, "\"")
      } else {
        index += 1
        continue
      }
      let first = bytes[begin] == UInt8(ascii: "\"") ? begin + 1 : begin
      for blank in first..<index where bytes[blank] != UInt8(ascii: "\n") {
        code[blank] = UInt8(ascii: " ")
      }
    }
  }

  private func has(_ text: StaticString, at index: Int) -> Bool {
    index + text.utf8CodeUnitCount <= bytes.count
      && text.withUTF8Buffer { bytes[index..<index + $0.count].elementsEqual($0) }
  }

  private func endOfComment(_ begin: Int) -> Int {
    var (index, depth) = (begin, 0)
    repeat {
      if has("/*", at: index) {
        (index, depth) = (index + 2, depth + 1)
      } else if has("*/", at: index) {
        (index, depth) = (index + 2, depth - 1)
      } else {
        index += 1
      }
    } while depth > 0 && index < bytes.count
    return min(index, bytes.count)
  }

  private func endOfText(_ begin: Int, _ mark: StaticString) -> Int {
    var index = begin
    while index < bytes.count {
      if has(mark, at: index) { return index + mark.utf8CodeUnitCount }
      // One that is not closed ends with its line.
      if mark.utf8CodeUnitCount == 1, bytes[index] == UInt8(ascii: "\n") { return index }
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return bytes.count
  }

  // MARK: Imports

  private static let access: Set<String> = [
    "public", "package", "internal", "fileprivate", "private",
  ]
  private static let kinds: Set<String> = [
    "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor",
  ]

  /// The imports, in the file's order.
  var imports: [Import] {
    code.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
      .compactMap { number, line in
        var words = line.split { $0 == UInt8(ascii: " ") || $0 == 9 || $0 == 13 }
          .map { (text: String(decoding: $0, as: UTF8.self), start: $0.startIndex) }[...]
        while let first = words.first?.text, first.hasPrefix("@") || Self.access.contains(first) {
          words.removeFirst()
        }
        guard words.count > 1, let word = words.popFirst(), word.text == "import" else {
          return nil
        }
        if words.count > 1, Self.kinds.contains(words[words.startIndex].text) {
          words.removeFirst()
        }
        let module = words[words.startIndex].text
          .prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        guard !module.isEmpty else { return nil }
        let slashes = line.indices.first { code[$0] == UInt8(ascii: " ") && has("//", at: $0) }
        let text = slashes.map { bytes[($0 + 2)..<line.endIndex].drop { $0 == 32 || $0 == 9 } }
        return Import(
          module: String(module),
          comment: text.map { String(decoding: $0, as: UTF8.self).replacing("\r", with: "") },
          line: number + 1, column: word.start - line.startIndex + 1,
          commentColumn: (text?.startIndex ?? line.endIndex) - line.startIndex + 1)
      }
  }

  // MARK: Applications

  /// The names in `Deploy("…")`; `?` for one that is not a plain text.
  var applications: [String] {
    code.indices.compactMap { index in
      guard code[index] == UInt8(ascii: "D"), code[index...].starts(with: "Deploy".utf8),
        index == 0 || !isPart(code[index - 1]) && code[index - 1] != UInt8(ascii: "."),
        case let rest = code[(index + 6)...].drop(while: isSpace),
        rest.first == UInt8(ascii: "(")
      else { return nil }
      let name = rest.dropFirst().drop(while: isSpace)
      guard name.first == UInt8(ascii: "\"") else { return "?" }
      let text = bytes[(name.startIndex + 1)...].prefix { $0 != UInt8(ascii: "\"") }
      return text.contains(UInt8(ascii: "\\")) ? "?" : String(decoding: text, as: UTF8.self)
    }
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

  private func isPart(_ byte: UInt8) -> Bool {
    byte >= 128 || byte == UInt8(ascii: "_") || Character(Unicode.Scalar(byte)).isLetter
      || Character(Unicode.Scalar(byte)).isNumber
  }
}
