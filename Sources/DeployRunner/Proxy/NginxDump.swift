/// The output of `nginx -T`: each configuration file as the master would read it.
package struct NginxDump: Sendable {
  private let files: [(path: String, content: Range<Int>)]
  private let bytes: [UInt8]

  package init(_ text: String) {
    bytes = Array(text.utf8)
    var files: [(path: String, content: Range<Int>)] = []
    var line = bytes.startIndex
    var end = bytes.startIndex
    while line < bytes.endIndex {
      end = bytes[line...].firstIndex(of: 10) ?? bytes.endIndex
      let next = min(end + 1, bytes.endIndex)
      if let path = Self.path(inHeading: bytes[line..<end]) {
        Self.close(&files, at: line - 1)
        files.append((path, next..<next))
      }
      line = next
    }
    Self.close(&files, at: end)
    self.files = files
  }

  /// The paths of the files, in the order in which nginx read them.
  package var paths: [String] { files.map(\.path) }

  /// The content of a file; `nil` if nginx does not read it.
  package func content(of path: String) -> [UInt8]? {
    files.first { $0.path == path }.map { Array(bytes[$0.content]) }
  }

  /// The path of a line that begins a file. Paths are absolute, so that a comment about a
  /// configuration file is none.
  private static func path(inHeading line: ArraySlice<UInt8>) -> String? {
    let mark = Array("# configuration file /".utf8)
    guard line.starts(with: mark), line.last == UInt8(ascii: ":") else { return nil }
    return String(decoding: line[(line.startIndex + mark.count - 1)...].dropLast(), as: UTF8.self)
  }

  /// Ends the last file at a line's end, which is nginx's own: it puts one behind each file.
  private static func close(_ files: inout [(path: String, content: Range<Int>)], at end: Int) {
    guard let last = files.indices.last else { return }
    let begin = files[last].content.lowerBound
    files[last].content = begin..<max(begin, end)
  }
}
