extension String {
  /// The number of terminal columns of the text.
  package var width: Int { reduce(0) { $0 + $1.width } }

  /// The text, truncated with `…` to a number of columns.
  package func truncated(toWidth limit: Int) -> String {
    var used = 0
    var cut: Index?
    // Stop early: a command may print a line of several megabytes.
    for index in indices {
      used += self[index].width
      if cut == nil, used > limit - 1 { cut = index }
      if used > limit { return self[..<(cut ?? index)] + "…" }
    }
    return self
  }

  /// The text, shortened to a number of columns after a word, if there is one to end with.
  package func shortened(toWidth limit: Int) -> String {
    guard width > limit else { return self }
    var (used, end) = (0, startIndex)
    var word: Index?
    while end < endIndex, used + self[end].width <= limit - 2 {
      used += self[end].width
      end = index(after: end)
      if end < endIndex, self[end] == " " { word = end }
    }
    guard let word, self[..<word].contains(where: { $0 != " " }) else {
      return truncated(toWidth: limit)
    }
    return self[..<word].trimmedAtEnd + " …"
  }

  /// The text in lines of a number of columns, broken at spaces. What stands between backticks stays
  /// in one line if it fits; a word that does not fit has a line of its own.
  ///
  /// - Parameters:
  ///   - first: the columns of the first line.
  ///   - isCommand: whether it is a command: then a backslash at the end of a line makes it one that
  ///     can be pasted, and quoted words stay whole.
  package func wrapped(first: Int, toWidth limit: Int, isCommand: Bool = false) -> [String] {
    let mark = isCommand ? " \\" : ""
    let quote: Character = isCommand ? "'" : "`"
    var (lines, rest, room) = ([String](), self[...], first)
    // Whether the rest begins between quotes that were too far apart to stay in one line.
    var beginsInside = false
    while String(rest).width > room {
      var (used, isInside, isKept) = (0, beginsInside, false)
      var (best, next): ((at: Index, isInside: Bool)?, (at: Index, isInside: Bool)?) = (nil, nil)
      for index in rest.indices {
        if rest[index] == quote {
          isInside.toggle()
          isKept = isInside && (isCommand || rest[index...].span(to: quote) <= limit)
        }
        let isBreak = rest[index] == " " && index > rest.startIndex && !isKept
        if isBreak, used + mark.width <= room { best = (index, isInside) }
        used += String(rest[index]).width
        if isBreak, used > room, best == nil, next == nil { next = (index, isInside) }
        if used > room, best != nil || next != nil { break }
      }
      guard let cut = best ?? next else { break }
      lines.append(rest[..<cut.at].trimmedAtEnd + mark)
      (rest, beginsInside) = (rest[cut.at...].drop { $0 == " " }, cut.isInside)
      room = max(10, limit)
    }
    return lines + [String(rest)]
  }

  /// The lines of the text; those that are longer than a number of columns are broken between words,
  /// and continue further in.
  package func folded(toWidth limit: Int) -> String {
    split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let (indent, text) = (line.prefix { $0 == " " }, String(line.drop { $0 == " " }))
      guard String(line).width > limit, indent.count + 4 <= limit / 2 else { return String(line) }
      return indent
        + text.wrapped(first: limit - indent.count, toWidth: limit - indent.count - 4)
        .joined(separator: "\n    " + indent)
    }.joined(separator: "\n")
  }

  /// The text, padded with spaces to a number of columns.
  package func padded(toWidth columns: Int) -> String {
    self + String(repeating: " ", count: max(0, columns - width))
  }

  /// The text as one line that is safe to display: container logs must neither control the terminal
  /// nor reverse the text direction. Colours are removed; other control characters are escaped:
  /// `\u001b`.
  package var showable: String { shown(inLines: false, isColored: false) }

  /// The text as lines that are safe to display.
  ///
  /// - Parameter isColored: whether to keep colours.
  package func showable(isColored: Bool) -> String { shown(inLines: true, isColored: isColored) }

  /// JSON with all control characters escaped, including those that JSON allows: `\u202e`.
  var withSpelledControls: String {
    guard unicodeScalars.contains(where: { $0.isControl }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isControl, scalar != "\n" {
        text += scalar.spelled
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }

  private func shown(inLines: Bool, isColored: Bool) -> String {
    guard unicodeScalars.contains(where: { $0.isControl }) else { return self }
    var result = ""
    var rest = unicodeScalars[...]
    while let scalar = rest.popFirst() {
      if scalar == "\u{1B}", let sequence = Self.sequence(rest) {
        rest = rest[sequence.endIndex...]
        if isColored, sequence.last == "m" { result += "\u{1B}" + String(sequence) }
        continue
      }
      switch scalar {
      case "\n": result += inLines ? "\n" : " "
      case "\t": result += inLines ? "\t" : "  "
      case "\r" where rest.first == "\n": break
      case "\r": result += " "
      case _ where scalar.isControl: result += scalar.spelled
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// What follows an escape if it has the form of a colour code, `[ … letter`.
  private static func sequence(_ rest: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView?
  {
    guard rest.first == "[" else { return nil }
    let end = rest.dropFirst().drop { (" "..."?").contains($0) }
    guard let last = end.first, ("@"..."~").contains(last) else { return nil }
    return rest[...end.startIndex]
  }
}

extension StringProtocol {
  /// The columns from its first character, a quote, to the next one.
  fileprivate func span(to quote: Character) -> Int {
    let rest = dropFirst()
    return String(rest.prefix { $0 != quote }).width + 2
  }

  /// The text without spaces at its end.
  package var trimmedAtEnd: String {
    lastIndex { $0 != " " }.map { String(self[...$0]) } ?? ""
  }
}

extension Unicode.Scalar {
  /// Whether it controls the terminal, the text direction or line breaks instead of being visible.
  fileprivate var isControl: Bool {
    switch value {
    case 0..<32, 127..<160, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// Its JSON escape.
  fileprivate var spelled: String {
    let digits = String(value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}

extension Character {
  /// The columns of a character: two for East Asian characters and emoji, else one.
  fileprivate var width: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if first.value < 0x1100 { return first.properties.isMark ? 0 : 1 }
    if first.properties.isEmojiPresentation { return 2 }
    return Self.wide.contains { $0.contains(first.value) } ? 2 : 1
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
  ]
}

extension Unicode.Scalar.Properties {
  fileprivate var isMark: Bool {
    generalCategory == .nonspacingMark || generalCategory == .enclosingMark
  }
}
