/// Tells code from comments and texts, line after line, without understanding either.
struct SwiftScanner {
  private enum State: Equatable {
    case code
    case comment(depth: Int)
    case text
  }

  private var state = State.code

  /// Whether the next line begins in code.
  var isInCode: Bool { state == .code }

  /// The code of the next line: without its comments, and without texts of several lines.
  mutating func code(of line: Substring) -> String {
    // Nothing in it begins a comment or a text.
    if isInCode, !line.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\"") })
    {
      return String(line)
    }
    var rest = line
    var code = ""
    while let letter = rest.first {
      switch state {
      case .comment(let depth): passComment(&rest, depth)
      case .text:
        if rest.hasPrefix("\"\"\"") {
          state = .code
          rest.removeFirst(2)
        }
        rest.removeFirst()
      case .code:
        if rest.hasPrefix("//") { return code }
        if rest.hasPrefix("/*") {
          state = .comment(depth: 1)
          rest.removeFirst(2)
        } else if rest.hasPrefix("\"\"\"") {
          state = .text
          rest.removeFirst(3)
        } else if letter == "\"" {
          code += Self.takeText(&rest)
        } else {
          code.append(rest.removeFirst())
        }
      }
    }
    return code
  }

  private mutating func passComment(_ rest: inout Substring, _ depth: Int) {
    if rest.hasPrefix("*/") {
      state = depth == 1 ? .code : .comment(depth: depth - 1)
      rest.removeFirst()
    } else if rest.hasPrefix("/*") {
      state = .comment(depth: depth + 1)
      rest.removeFirst()
    }
    rest.removeFirst()
  }

  /// Takes a text in quotes, with them.
  private static func takeText(_ rest: inout Substring) -> String {
    var text = String(rest.removeFirst())
    while let letter = rest.popFirst() {
      text.append(letter)
      if letter == "\"" { break }
      if letter == "\\", let escaped = rest.popFirst() { text.append(escaped) }
    }
    return text
  }
}
