/// The output of `nginx -T`: all configuration files as the master would read them.
package struct NginxDump: Sendable {
  private let files: [(path: String, content: Range<Int>)]
  private let bytes: [UInt8]

  package init(_ text: String) {
    bytes = Array(text.utf8)
    var files: [(path: String, content: Range<Int>)] = []
    var line = bytes.startIndex
    while line < bytes.endIndex {
      let end = bytes[line...].firstIndex(of: 10) ?? bytes.endIndex
      let next = min(end + 1, bytes.endIndex)
      if let path = Self.path(inHeading: bytes[line..<end]) {
        if let last = files.popLast() {
          files.append((last.path, last.content.lowerBound..<line))
        }
        files.append((path, next..<bytes.endIndex))
      }
      line = next
    }
    self.files = files
  }

  /// What `nginx -T` would print for some files, the main one first.
  package init(files: [(path: String, content: [UInt8])]) {
    self.init(
      files.map {
        "# configuration file \($0.path):\n\(String(decoding: $0.content, as: UTF8.self))\n"
      }
      .joined())
  }

  /// What `nginx -T` would print in a container of nginx's image with some files mounted into it.
  package init(mounted files: [(path: String, content: [UInt8])]) {
    let main = NginxConfiguration.main
    var contents = Dictionary(files.map { ($0.path, $0.content) }) { first, _ in first }
    contents[main] = contents[main] ?? Self.filesOfImage[main].map { Array($0.utf8) }
    var includes = NginxIncludes(main: main, paths: contents.keys.sorted()) { path in
      // A file of the image, such as mime.types, is not known.
      contents[path].flatMap { try? NginxConfiguration($0, path: path) } ?? NginxConfiguration([])
    }
    _ = try? includes.read()
    self.init(files: includes.order.compactMap { path in contents[path].map { (path, $0) } })
  }

  /// The files that images of nginx bring along, as far as they matter here.
  package static var filesOfImage: [String: String] {
    let usual = ["conf.d/*.conf", "http.d/*.conf", "sites-enabled/*"]
    let main = "events { } http { \(usual.map { "include \($0); " }.joined())}\n"
    let parameters = [
      "fastcgi.conf", "fastcgi_params", "mime.types", "scgi_params", "uwsgi_params",
    ]
    return parameters.reduce(into: [NginxConfiguration.main: main]) { $0["/etc/nginx/\($1)"] = "" }
  }

  /// The content of a file, as text; invalid UTF-8 is not kept.
  package func content(of path: String) -> [UInt8]? {
    // nginx adds a line feed after each file.
    files.first { $0.path == path }.map { file in
      let bytes = bytes[file.content]
      return Array(bytes.last == 10 ? bytes.dropLast() : bytes)
    }
  }

  /// The paths of the files, in nginx's order.
  package var paths: [String] { files.map(\.path) }

  /// The whole configuration, with each `include` replaced by the included files.
  ///
  /// If a file cannot be parsed, which nginx may be able to, the others are concatenated.
  package var configuration: NginxConfiguration {
    let parsed = files.map { file in
      (file.path, try? NginxConfiguration(Array(bytes[file.content]), path: file.path))
    }
    let understood = Dictionary(parsed) { first, _ in first }.compactMapValues(\.self)
    if let main = files.first, understood.count == Set(paths).count {
      var includes = NginxIncludes(main: main.path, paths: paths.sorted()) {
        understood[$0] ?? NginxConfiguration([])
      }
      if let whole = try? includes.read() { return whole }
    }
    return NginxConfiguration(parsed.compactMap(\.1).flatMap(\.directives))
  }

  /// The patterns of the files that nginx includes inside `http { … }`, as absolute paths:
  /// `/etc/nginx/conf.d/*.conf`.
  package var includePatterns: [String] {
    guard let main = paths.first else { return [] }
    var found: [String] = []
    var seen: Set<String> = [main]
    func directives(of path: String) -> [NginxConfiguration.Directive] {
      content(of: path).flatMap { try? NginxConfiguration($0, path: path) }?.directives ?? []
    }
    func read(_ block: [NginxConfiguration.Directive]) {
      for word in block.filter({ $0.name == "include" }).compactMap(\.words.last) {
        let path = NginxIncludes.absolute(word, besides: main)
        guard seen.insert(path).inserted else { continue }
        if NginxIncludes.isPattern(path) { found.append(path) } else { read(directives(of: path)) }
      }
    }
    read(directives(of: main).filter { $0.name == "http" }.flatMap(\.block))
    return found
  }

  /// Whether nginx ends old workers after some time.
  package var hasShutdownTimeout: Bool {
    configuration.directives.contains { $0.name == "worker_shutdown_timeout" }
  }

  /// Whether nginx reads exactly this content at a path.
  ///
  /// Invalid UTF-8 cannot be compared: a command's output is text.
  package func shows(_ content: [UInt8], at path: String) -> Bool {
    // nginx adds a line feed after each file.
    let expected = Array(String(decoding: content, as: UTF8.self).utf8) + [10]
    return files.contains { file in
      let rest = bytes[file.content.lowerBound...]
      return file.path == path && rest.starts(with: expected)
        && isFileEnd(file.content.lowerBound + expected.count)
    }
  }

  /// Whether the output ends, or another file starts, at an offset. Only the end of the expected
  /// content is checked, because a line within a file may look like a heading.
  private func isFileEnd(_ place: Int) -> Bool {
    let line = bytes[place...].prefix { $0 != 10 }
    return place == bytes.endIndex || Self.path(inHeading: line) != nil
  }

  /// The path in a line that starts a file. Paths are absolute, so a comment about a configuration
  /// file does not match.
  private static func path(inHeading line: ArraySlice<UInt8>) -> String? {
    let mark = Array("# configuration file /".utf8)
    guard line.starts(with: mark), line.last == UInt8(ascii: ":") else { return nil }
    return String(decoding: line[(line.startIndex + mark.count - 1)...].dropLast(), as: UTF8.self)
  }
}
