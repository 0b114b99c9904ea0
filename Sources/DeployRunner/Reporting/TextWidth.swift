extension String {
  /// How many terminal columns the text takes.
  package var width: Int { reduce(0) { $0 + $1.width } }

  /// The text, cut with `…` where it would take more columns.
  package func truncated(toWidth limit: Int) -> String {
    var used = 0
    var cut: Index?
    // No further than it must: a command may print one line of megabytes.
    for index in indices {
      used += self[index].width
      if cut == nil, used > limit - 1 { cut = index }
      if used > limit { return self[..<(cut ?? index)] + "…" }
    }
    return self
  }

  /// The text, followed by as many spaces as fill the columns.
  package func padded(toWidth columns: Int) -> String {
    self + String(repeating: " ", count: max(0, columns - width))
  }

  /// The text without control characters: what a container logs must not steer the terminal.
  package var showable: String {
    guard unicodeScalars.contains(where: { $0.isControl }) else { return self }
    var result = ""
    for scalar in withoutEscapeSequences.unicodeScalars {
      if scalar == "\t" {
        result += "  "
      } else if scalar == "\n" {
        result += " "
      } else if !scalar.isControl {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text without `ESC [ … letter`, the form that colours have.
  private var withoutEscapeSequences: String {
    var result = String.UnicodeScalarView()
    var rest = unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\u{1B}", rest.first == "[" else {
        result.append(scalar)
        continue
      }
      rest = rest.drop { !(("@"..."~").contains($0) && $0 != "[") }.dropFirst()
    }
    return String(result)
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { value < 32 || (127..<160).contains(value) }
}

extension Character {
  /// The columns of a character: two for East Asian letters and pictures, else one.
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
