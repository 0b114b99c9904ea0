import DeployDSL

/// The text of a project's Compose files, to tell the line of a service.
struct ComposeText: Sendable {
  private struct File: Sendable {
    var path: String
    var lines: [Substring]
  }

  private var files: [File] = []

  /// Reads the files that Compose reads, as far as they are known.
  init(of application: Application, in context: ActionContext) async {
    let named = application.allComposeFiles
    for path in named.isEmpty ? ComposeProject.usualFiles : named {
      guard let file = await Self.read(path, context) else { continue }
      files.append(file)
      guard named.isEmpty else { continue }
      // Compose takes the first one, and the override next to it.
      let parts = path.split(separator: ".")
      let override = await Self.read("\(parts[0]).override.\(parts[1])", context)
      files += [override].compactMap(\.self)
      break
    }
  }

  private static func read(_ path: String, _ context: ActionContext) async -> File? {
    guard case .file(let bytes)? = try? await context.read(path).content else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return File(path: path, lines: lines)
  }

  /// The files' paths.
  var paths: [String] { files.map(\.path) }

  /// Where a service is described, or a key of it.
  func place(of service: ServiceID, _ key: String? = nil) -> Finding.Place? {
    // The files of other projects are not read.
    service.project == nil ? place(of: service.name, key) : nil
  }

  func place(of service: String, _ key: String? = nil) -> Finding.Place? {
    var found: Finding.Place?
    for file in files {
      guard let line = Self.line(of: service, below: "services", from: 0, in: file.lines) else {
        continue
      }
      let inner = key.flatMap { Self.line(of: $0, in: file.lines, below: line) }
      guard found == nil || inner != nil else { continue }
      let index = inner ?? line
      found = Finding.Place(
        file.path, line: index + 1, column: Self.indentation(of: file.lines[index]) + 1)
      if inner != nil { break }
    }
    return found ?? files.first.map { Finding.Place($0.path) }
  }

  private static func line(
    of key: String, below parent: String, from start: Int, in lines: [Substring]
  ) -> Int? {
    lines.indices.dropFirst(start).first { Self.key(of: lines[$0]) == parent }
      .flatMap { line(of: key, in: lines, below: $0) }
  }

  /// The line of a key in the block that a line opens.
  private static func line(of key: String, in lines: [Substring], below parent: Int) -> Int? {
    let outer = indentation(of: lines[parent])
    var inner: Int?
    for index in lines.indices.dropFirst(parent + 1) {
      guard !lines[index].trimmed.isEmpty, !lines[index].trimmed.hasPrefix("#") else { continue }
      let depth = indentation(of: lines[index])
      guard depth > outer else { return nil }
      let own = inner ?? depth
      inner = own
      if depth == own, self.key(of: lines[index]) == key { return index }
    }
    return nil
  }

  private static func indentation(of line: Substring) -> Int { line.prefix { $0 == " " }.count }

  private static func key(of line: Substring) -> String? {
    let text = line.trimmed
    guard let colon = text.firstIndex(of: ":") else { return nil }
    return text[..<colon].filter { !"\"'".contains($0) }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
