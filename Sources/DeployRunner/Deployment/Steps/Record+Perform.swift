import DeployDSL

extension Record: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    var done: [String] = []
    // Plans of several applications may write to the same file.
    try await ProxySwitch(context: context).alone {
      for name in names {
        if let line = try await write(name, in: context) { done.append(line) }
      }
    }
    return done.isEmpty
      ? .skipped("\(file) is up to date") : .done("\(file): \(done.joined(separator: ", "))")
  }

  /// - Returns: What was written, as text; `nil` if it was there already.
  private func write(_ name: String, in context: ActionContext) async throws -> String? {
    guard case .text(let value)? = context.docker.value(of: name) else {
      throw DeployError(
        .plan, "the plan sets no value for \(name) that can be recorded",
        fix: "set one with environment: (not a Secret)")
    }
    let place = try await place(in: context)
    let change = EnvironmentFile(bytes: place.bytes).change(name, to: value, in: place.path)
    guard let change, let bytes = change.applied(to: place.bytes) else { return nil }
    if context.isDryRun { context.note("- \(change.line(change.old))") }
    if context.isDryRun { context.note("+ \(change.line(change.new))") }
    try await context.declare(.restoreText(change))
    try await context.write(
      FileWrite(path: place.path, bytes: bytes, method: .rename, source: "\(name)=\(value)"))
    return "\(name)=\(value)"
  }

  /// The file itself: replacing a link by a new file would detach it from its destination.
  private func place(in context: ActionContext) async throws -> (path: String, bytes: [UInt8]) {
    var path = file
    for _ in 0..<8 {
      let found = try await context.read(path)
      if let link = found.link {
        let folder = found.path.prefix(upTo: found.path.lastIndex(of: "/") ?? found.path.startIndex)
        path = link.hasPrefix("/") ? link : "\(folder)/\(link)"
        continue
      }
      switch found.content {
      case .file(let bytes): return (path, bytes)
      case .missing: return (path, [])
      case .directory:
        throw DeployError(
          .environment, "\(path) is a folder, so nothing can be recorded in it",
          fix: "name a file: Record(\"\(names.first ?? "IMAGE_TAG")\", in: \".env\")")
      }
    }
    throw DeployError(
      .environment, "\(file) is a link that leads to itself", fix: "write a file in its place")
  }
}

extension TextChange {
  /// The line with one of the two texts, for messages.
  fileprivate func line(_ text: JournalBytes) -> String {
    let text = String(decoding: text.bytes, as: UTF8.self)
    return text.isEmpty || text.hasPrefix(name) ? text : "\(name)=\(text)"
  }

  /// Restores the old text, if the new one is still there.
  func undo(in context: ActionContext) async throws {
    try await ProxySwitch(context: context).alone {
      guard case .file(let bytes) = try await context.read(file).content else { return }
      if let before = undone(in: bytes) {
        try await context.write(
          FileWrite(path: file, bytes: before, method: .rename, source: "the old \(name)"))
      } else if applied(to: bytes) == nil {
        throw DeployError(
          .interference, "\(file) was changed during this run, so \(name) in it is not restored",
          fix: "restore it manually: \(line(old))")
      }
    }
  }
}

/// A file of `NAME=value` lines, as Compose reads its `.env`: the last line for a name counts.
package struct EnvironmentFile {
  let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// Sets a variable and leaves every other byte; `nil` if it already has that value.
  func change(_ name: String, to value: String, in file: String) -> TextChange? {
    let isPlain = value.utf8.allSatisfy {
      $0.isLetterOrDigit || $0 >= 128 || "_./:@%+,=-".utf8.contains($0)
    }
    if let range = place(of: name) {
      let old = Array(bytes[range])
      let quote = old.first.flatMap { Self.quotes.contains($0) ? $0 : nil }
      let text = isPlain ? (quote.map { [$0] + value.utf8 + [$0] } ?? Array(value.utf8)) : nil
      let new = text ?? Array("'\(value)'".utf8)
      guard new != old else { return nil }
      return TextChange(
        file: file, name: name, start: range.lowerBound, old: JournalBytes(old),
        new: JournalBytes(new))
    }
    let end: [UInt8] = bytes.contains(Self.carriageReturn) ? [Self.carriageReturn] : []
    let gap = bytes.isEmpty || bytes.last == Self.lineEnd ? [] : end + [Self.lineEnd]
    let line = "\(name)=\(isPlain ? value : "'\(value)'")".utf8 + end + [Self.lineEnd]
    return TextChange(
      file: file, name: name, start: bytes.count, old: JournalBytes([]),
      new: JournalBytes(gap + line))
  }

  /// The value of a variable; `nil` if no line sets it.
  package func value(of name: String) -> String? {
    place(of: name).map { range in
      var value = bytes[range]
      if let first = value.first, Self.quotes.contains(first), value.last == first, value.count > 1
      {
        value = value.dropFirst().dropLast()
      }
      return String(decoding: value, as: UTF8.self)
    }
  }

  private static let lineEnd = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let quotes = Array("'\"".utf8)
  private static let blanks = Array(" \t".utf8)

  /// The range of a variable's last value, including quotation marks.
  private func place(of name: String) -> Range<Int>? {
    var found: Range<Int>?
    var index = 0
    func skip(_ these: [UInt8]) {
      while index < bytes.count, these.contains(bytes[index]) { index += 1 }
    }
    func skipLine() { while index < bytes.count, bytes[index] != Self.lineEnd { index += 1 } }
    while index < bytes.count {
      skip(Self.blanks + [Self.lineEnd, Self.carriageReturn])
      if bytes[index...].starts(with: "export".utf8), index + 6 < bytes.count,
        Self.blanks.contains(bytes[index + 6])
      {
        index += 6
        skip(Self.blanks)
      }
      let start = index
      while index < bytes.count, bytes[index].isLetterOrDigit || "_.-".utf8.contains(bytes[index]) {
        index += 1
      }
      let isIt = bytes[start..<index].elementsEqual(name.utf8)
      skip(Self.blanks)
      guard index < bytes.count, start < index, "=:".utf8.contains(bytes[index]) else {
        skipLine()
        continue
      }
      index += 1
      let range = valueRange(from: index)
      if isIt { found = range }
      index = range.upperBound
      skipLine()
    }
    return found
  }

  /// The value after a `=`: in quotation marks, possibly over several lines, else up to the line's
  /// end or a comment.
  private func valueRange(from start: Int) -> Range<Int> {
    var first = start
    while first < bytes.count, Self.blanks.contains(bytes[first]) { first += 1 }
    if first < bytes.count, Self.quotes.contains(bytes[first]) {
      var end = first + 1
      while end < bytes.count, bytes[end] != bytes[first] {
        end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
      }
      return first..<min(end + 1, bytes.count)
    }
    var end = first
    while end < bytes.count, bytes[end] != Self.lineEnd {
      let isComment =
        bytes[end] == UInt8(ascii: "#") && end > start && Self.blanks.contains(bytes[end - 1])
      if isComment { break }
      end += 1
    }
    while end > first, Self.blanks.contains(bytes[end - 1]) || bytes[end - 1] == Self.carriageReturn
    {
      end -= 1
    }
    return end > first ? first..<end : start..<start
  }
}
