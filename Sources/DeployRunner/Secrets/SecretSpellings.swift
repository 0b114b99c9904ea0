import BgrunSystem
import DeployDSL

/// The encodings in which programs print a text: plain, line by line, as base64, in a URL, in JSON,
/// in HTML or in quotes.
enum SecretSpellings {
  static func all(of text: String) -> [String] {
    Set([text] + parts(ofURL: text)).flatMap(spellings)
  }

  private static func spellings(of text: String) -> [String] {
    let lines = text.split(whereSeparator: \.isNewline).map(String.init).filter { $0.count >= 4 }
    return [text] + lines + base64(text) + inURLs(text) + inJSON(text) + inHTML(text)
      + inQuotes(text)
  }

  // MARK: Parts of a URL

  /// The parts of a secret URL that programs print separately, encoded and decoded: credentials,
  /// path and query. A server that rejects a request says `Cannot POST /its/path`.
  private static func parts(ofURL text: String) -> [String] {
    guard let scheme = text.firstRange(of: "://"), !text.contains(where: \.isWhitespace) else {
      return []
    }
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    let target = rest[authority.endIndex...].prefix { $0 != "#" }
    let path = target.prefix { $0 != "?" }
    let query = target[path.endIndex...].dropFirst()
    var parts = [target, path, query, rest[target.endIndex...].dropFirst()]
    if let at = authority.lastIndex(of: "@") {
      let user = authority[..<at]
      parts += [user] + user.split(separator: ":", maxSplits: 1)
    }
    parts += query.split(separator: "&").map { $0.drop { $0 != "=" }.dropFirst() }
    // Path components may be ordinary words; those that look like keys, and the last one, are
    // secret.
    let words = path.split(separator: "/")
    parts += words.filter { $0 == words.last || $0.contains(where: \.isNumber) }
    // Shorter ones would match, and be redacted, everywhere.
    let long = parts.filter { $0.drop { $0 == "/" }.count >= 5 }.map(String.init)
    return long + long.compactMap(\.percentDecoded)
  }

  // MARK: Base64

  private static func base64(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    guard bytes.count >= 6 else { return [] }
    // Inside a longer text it starts at any of three offsets in a base64 group.
    let inside = (0..<3).map { shift in
      let encoded = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString()
      let begin = shift == 0 ? 0 : 4
      let whole = (shift + bytes.count) / 3 * 4
      return String(encoded.prefix(whole).dropFirst(begin))
    }
    // Alone, it ends with an incomplete group.
    let whole = String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    // The base64 program wraps lines after 76 characters, PEM after 64.
    return [whole] + inside + [76, 64].flatMap { pieces(of: inside[0], $0) }
  }

  private static func pieces(of text: String, _ length: Int) -> [String] {
    guard text.utf8.count > length else { return [] }
    return stride(from: 0, to: text.utf8.count, by: length).map {
      String(text.dropFirst($0).prefix(length))
    }.filter { $0.utf8.count >= 8 }
  }

  // MARK: URLs

  private static func inURLs(_ text: String) -> [String] {
    // Like encodeURIComponent; Python's quote keeps slashes; forms encode a space as a plus.
    let usual = text.percentEncoded(keeping: "-._~")
    let kept = text.percentEncoded(keeping: "-._~!'()*")
    let forms = [
      usual, text.percentEncoded(keeping: "-._~/"), kept, usual.replacing("%20", with: "+"),
    ]
    return forms + forms.map(\.withLowercaseEscapes)
  }

  // MARK: JSON

  private static func inJSON(_ text: String) -> [String] {
    let foreign: (Unicode.Scalar) -> Bool = { !$0.isASCII }
    // Like Go, and hence Docker: safe for HTML.
    let unsafe: (Unicode.Scalar) -> Bool = { "<>&\u{2028}\u{2029}".unicodeScalars.contains($0) }
    let forms = [
      inJSON(text) { _ in false }, inJSON(text, escaping: unsafe), inJSON(text, escaping: foreign),
    ]
    return forms + forms.map { $0.replacing("/", with: "\\/") }
  }

  private static func inJSON(
    _ text: String, escaping isEscaped: (Unicode.Scalar) -> Bool
  ) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": return "\\\(scalar)"
      case "\n": return "\\n"
      case "\r": return "\\r"
      case "\t": return "\\t"
      case _ where scalar.value < 0x20 || isEscaped(scalar):
        return String(scalar).utf16.map { unit in
          let digits = String(unit, radix: 16)
          return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
      default: return String(scalar)
      }
    }.joined()
  }

  // MARK: Others

  private static func inHTML(_ text: String) -> [String] {
    let safe = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;")
    return [("&#34;", "&#39;"), ("&quot;", "&#39;"), ("&quot;", "&#x27;"), ("\"", "'")].map {
      safe.replacing("\"", with: $0).replacing("'", with: $1)
    }
  }

  /// As quoted by curl's configuration, by shell tracing and by Python.
  private static func inQuotes(_ text: String) -> [String] {
    let doubled = text.escapedForCurl
    return [
      doubled, text.replacing("'", with: "'\\''"), doubled.replacing("\\\"", with: "\""),
      doubled.replacing("\\\"", with: "\"").replacing("'", with: "\\'"),
    ]
  }
}

extension String {
  /// The percent-decoded text; `nil` if decoding changes nothing.
  fileprivate var percentDecoded: String? {
    var bytes: [UInt8] = []
    var rest = Array(utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return text == self ? nil : text
  }

  /// `%2f` for `%2F`.
  fileprivate var withLowercaseEscapes: String {
    let parts = split(separator: "%", omittingEmptySubsequences: false)
    return parts.prefix(1).joined()
      + parts.dropFirst().map { "%" + $0.prefix(2).lowercased() + $0.dropFirst(2) }.joined()
  }
}
