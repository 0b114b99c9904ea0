/// The imports of a Swift file and the applications that it deploys, without compiling it.
struct SwiftSource {
  /// An import, and the comment that follows it on its line.
  struct Import {
    /// The module, without the imported declaration.
    var module: String
    /// What follows `//`; `nil` without a comment.
    var comment: String?
    var line: Int
    /// The column of `import`, counted from 1.
    var column: Int
    /// The column of the comment's text.
    var commentColumn: Int
  }

  private let bytes: [UInt8]
  /// The bytes, with spaces for comments and texts; a text's first quotation mark and line ends
  /// stay.
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

  /// The imports, in the file's order.
  var imports: [Import] {
    code.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
      .compactMap { number, line in
        // A regular expression for each line would take time in a long plan.
        guard line.firstRange(of: Array("import".utf8)) != nil,
          let match = String(decoding: line, as: UTF8.self).prefixMatch(of: Self.importing)
        else { return nil }
        let slashes = line.indices.first { code[$0] == UInt8(ascii: " ") && has("//", at: $0) }
        let text = slashes.map { bytes[($0 + 2)..<line.endIndex].drop { $0 == 32 || $0 == 9 } }
        return Import(
          module: String(match.2),
          comment: text.map { String(decoding: $0, as: UTF8.self).replacing("\r", with: "") },
          line: number + 1, column: match.1.utf8.count + 1,
          commentColumn: (text?.startIndex ?? line.endIndex) - line.startIndex + 1)
      }
  }

  private static var importing: Regex<(Substring, Substring, Substring)> {
    #/
      (\s* (?: (?: @\S+ | public | package | internal | fileprivate | private) \s+ )*)
      import \s+
      (?: (?: struct | class | enum | protocol | func | var | let | typealias | actor) \s+ )?
      (\w+)
    /#
  }

  /// The names in `Deploy("…")` that are plain strings.
  var applications: [String] { names.compactMap(\.self) }

  /// How many times it writes `Deploy`.
  var declarations: Int { names.count }

  /// Whether it computes names, which only the plan itself knows.
  var computesNames: Bool { names.contains(nil) }

  /// The names, for people.
  var applicationsText: String {
    let note = computesNames ? ["(names computed in the plan)"] : []
    return (applications + note).joined(separator: ", ")
  }

  /// The names in `Deploy("…")`; `nil` for one that is not a plain string.
  private var names: [String?] {
    let code = String(decoding: code, as: UTF8.self)
    return code.matches(of: /(?:^|[^\w.])Deploy\s*\(\s*("?)/).map { match -> String? in
      guard !match.1.isEmpty else { return nil }
      let text = bytes[code.utf8.distance(from: code.startIndex, to: match.1.endIndex)...].prefix {
        $0 != UInt8(ascii: "\"")
      }
      return text.contains(UInt8(ascii: "\\")) ? nil : String(decoding: text, as: UTF8.self)
    }
  }
}
