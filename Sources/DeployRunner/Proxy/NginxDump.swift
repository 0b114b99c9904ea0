/// The output of `nginx -T`: each configuration file as the master would read it.
package struct NginxDump: Sendable {
  private let text: String

  package init(_ text: String) { self.text = text }

  /// The paths of the files, in the order in which nginx read them.
  package var paths: [String] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      guard line.hasPrefix(Self.mark), line.hasSuffix(":") else { return nil }
      return String(line.dropFirst(Self.mark.count).dropLast())
    }
  }

  /// The content of a file; `nil` if nginx does not read it.
  package func content(of path: String) -> [UInt8]? {
    let bytes = Array(text.utf8)
    let head = Array("\(Self.mark)\(path):\n".utf8)
    guard let start = Self.index(of: head, in: bytes, from: 0) else { return nil }
    let begin = start + head.count
    let next = Self.index(of: Array("\n\(Self.mark)".utf8), in: bytes, from: max(0, begin - 1))
    var content = Array(bytes[begin..<max(begin, next ?? bytes.count)])
    // nginx ends each file with a line end of its own.
    if next == nil, content.last == 10 { content.removeLast() }
    return content
  }

  private static let mark = "# configuration file "

  private static func index(of needle: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
    guard bytes.count >= needle.count, from <= bytes.count - needle.count else { return nil }
    return (from...(bytes.count - needle.count)).first { start in
      bytes[start] == needle[0] && bytes[start..<(start + needle.count)].elementsEqual(needle)
    }
  }
}
