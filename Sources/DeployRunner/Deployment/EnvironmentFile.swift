import DeployDSL

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

  /// The line that sets a variable, without its end, and its number.
  func line(of name: String) -> (number: Int, text: String)? {
    guard let range = place(of: name).map(lines) else { return nil }
    let number = bytes[..<range.lowerBound].count { $0 == Self.lineEnd } + 1
    let text = String(decoding: bytes[range], as: UTF8.self)
    return (number, String(text.prefix { !$0.isNewline }))
  }

  /// The range extended to whole lines, with their ends.
  fileprivate func lines(around range: Range<Int>) -> Range<Int> {
    let start = bytes[..<range.lowerBound].lastIndex(of: Self.lineEnd).map { $0 + 1 } ?? 0
    let end = bytes[range.upperBound...].firstIndex(of: Self.lineEnd).map { $0 + 1 } ?? bytes.count
    return start..<end
  }

  /// The range of a variable's last value, including quotation marks.
  fileprivate func place(of name: String) -> Range<Int>? {
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

extension TextChange {
  /// The values before and after; `nil` where no line set the variable.
  var values: (old: String?, new: String?) {
    if let appended { return (nil, appended) }
    let before = Array("\(name)=".utf8)
    func value(_ text: JournalBytes) -> String? {
      EnvironmentFile(bytes: before + text.bytes).value(of: name)
    }
    return (value(old), value(new))
  }

  /// The value, if the change added a line.
  private var appended: String? {
    old.bytes.isEmpty ? EnvironmentFile(bytes: new.bytes).value(of: name) : nil
  }

  /// The bytes with the old text; `nil` if the new one is not there.
  ///
  /// Lines before it may have changed since: the variable is looked for by its name.
  func undone(in bytes: [UInt8]) -> [UInt8]? {
    let file = EnvironmentFile(bytes: bytes)
    guard var range = file.place(of: name) else { return nil }
    if let appended {
      guard file.value(of: name) == appended else { return nil }
      range = file.lines(around: range)
      let end = start + new.bytes.count
      // The file's last line had no end.
      if end == range.upperBound, bytes[start...].starts(with: new.bytes) { range = start..<end }
    } else {
      guard bytes[range].elementsEqual(new.bytes) else { return nil }
    }
    return bytes[..<range.lowerBound] + old.bytes + bytes[range.upperBound...]
  }

  /// Whether the old text is there.
  func isUndone(in bytes: [UInt8]) -> Bool {
    guard let range = EnvironmentFile(bytes: bytes).place(of: name) else { return appended != nil }
    return appended == nil && bytes[range].elementsEqual(old.bytes)
  }
}
