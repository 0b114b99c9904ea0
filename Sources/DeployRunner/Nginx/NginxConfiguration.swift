/// An nginx configuration file, parsed like nginx does and rejected with nginx's messages.
package struct NginxConfiguration: Hashable, Sendable {
  /// Why a file is rejected: nginx's message after `[emerg] `.
  package struct Refusal: Error, Hashable {
    package var text: String
    /// The line, if one is to blame.
    var line: Int?

    package init(text: String) { self.text = text }
  }

  /// The main file of nginx in a container.
  package static let main = "/etc/nginx/nginx.conf"

  /// A directive with its words, its block and its location.
  package struct Directive: Hashable, Sendable {
    package var words: [String]
    /// The byte ranges of the words in the file, including quotes.
    package var places: [Range<Int>]
    package var block: [Directive]
    package var file: String
    package var line: Int

    package init(
      words: [String], places: [Range<Int>] = [], block: [Directive], file: String = "", line: Int
    ) {
      (self.words, self.places, self.block) = (words, places, block)
      (self.file, self.line) = (file, line)
    }

    package var name: String { words.first ?? "" }

    /// The directives in its block with this name.
    package func all(_ name: String) -> [Directive] { block.filter { $0.name == name } }
  }

  package let directives: [Directive]

  init(_ directives: [Directive]) { self.directives = directives }

  /// All directives as the block of one, as if the file were included in a block.
  package var root: Directive { Directive(words: [], block: directives, line: 0) }

  /// Parses a file; `path` is used in messages.
  package init(_ bytes: [UInt8], path: String) throws(Refusal) {
    var reader = Reader(tokens: Self.tokens(of: bytes), path: path)
    directives = try reader.block(isInner: false)
  }

  // MARK: Tokens

  private enum Token {
    case word(String, Range<Int>)
    case open, close, end
  }

  private static func tokens(of bytes: [UInt8]) -> [(token: Token, line: Int)] {
    var tokens: [(Token, Int)] = []
    var word: [UInt8] = []
    // Where the word starts; a quoted word may be empty.
    var start: Int?
    var line = 1
    var quote: UInt8?
    var (isComment, isEscaped) = (false, false)
    // The number of open braces in a Lua block, whose text is not nginx's.
    var luaDepth = 0
    func flush(at place: Int) {
      if let start {
        tokens.append((.word(String(decoding: word, as: UTF8.self), start..<place), line))
      }
      word = []
      start = nil
    }
    var previous = UInt8(ascii: " ")
    for (place, byte) in bytes.enumerated() {
      defer {
        previous = byte
        if byte == UInt8(ascii: "\n") { line += 1 }
      }
      if luaDepth > 0 {
        luaDepth += byte == UInt8(ascii: "{") ? 1 : byte == UInt8(ascii: "}") ? -1 : 0
        if luaDepth == 0 { tokens.append((.close, line)) }
        continue
      }
      if isComment {
        isComment = byte != UInt8(ascii: "\n")
        continue
      }
      if isEscaped || byte == UInt8(ascii: "\\") {
        isEscaped.toggle()
        start = start ?? place
        word.append(byte)
        continue
      }
      if let open = quote {
        if byte == open { quote = nil } else { word.append(byte) }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        quote = byte
        start = start ?? place
      case UInt8(ascii: "#") where word.isEmpty: isComment = true
      case UInt8(ascii: ";"):
        flush(at: place)
        tokens.append((.end, line))
      case UInt8(ascii: "{") where previous != UInt8(ascii: "$"):
        flush(at: place)
        if case .word(let name, _)? = tokens.last?.0, name.hasSuffix("_by_lua_block") {
          luaDepth = 1
        }
        tokens.append((.open, line))
      case UInt8(ascii: "}") where !word.contains(Array("${".utf8)):
        flush(at: place)
        tokens.append((.close, line))
      case 9...13, UInt8(ascii: " "): flush(at: place)
      default:
        start = start ?? place
        word.append(byte)
      }
    }
    flush(at: bytes.count)
    return tokens
  }

  // MARK: Directives

  private struct Reader {
    let tokens: [(token: Token, line: Int)]
    let path: String
    var position = 0

    /// Parses a block; in a block of values, such as a `map`, the first words are not directives.
    mutating func block(isInner: Bool, ofValues: Bool = false) throws(Refusal) -> [Directive] {
      var directives: [Directive] = []
      var words: [String] = []
      var places: [Range<Int>] = []
      while position < tokens.count {
        let (token, line) = tokens[position]
        position += 1
        switch token {
        case .word(let word, let place):
          words.append(word)
          places.append(place)
        case .end:
          guard !words.isEmpty else { throw refusal("unexpected \";\"", line) }
          let directive = Directive(
            words: words, places: places, block: [], file: path, line: line)
          directives.append(ofValues ? directive : try checked(directive))
          (words, places) = ([], [])
        case .open:
          guard !words.isEmpty else { throw refusal("unexpected \"{\"", line) }
          if let name = words.first, Self.simple.contains(name) {
            throw refusal("directive \"\(name)\" is not terminated by \";\"", line)
          }
          let holdsValues = words.first.map(Self.blocksOfValues.contains) ?? false
          let inner = try block(isInner: true, ofValues: holdsValues)
          directives.append(
            Directive(words: words, places: places, block: inner, file: path, line: line))
          (words, places) = ([], [])
        case .close:
          guard words.isEmpty, isInner else { throw refusal("unexpected \"}\"", line) }
          return directives
        }
      }
      let last = tokens.last?.line ?? 1
      if !words.isEmpty {
        throw refusal("unexpected end of file, expecting \";\" or \"}\"", last)
      }
      if isInner { throw refusal("unexpected end of file, expecting \"}\"", last + 1) }
      return directives
    }

    private func checked(_ directive: Directive) throws(Refusal) -> Directive {
      let extra = directive.words.dropFirst(2).first
      if ["upstream", "location", "http", "events"].contains(directive.name) {
        throw refusal("directive \"\(directive.name)\" has no opening \"{\"", directive.line)
      }
      if directive.name == "proxy_pass", directive.words.count != 2 {
        throw refusal(
          "invalid number of arguments in \"proxy_pass\" directive", directive.line)
      }
      if ["listen", "server"].contains(directive.name), let extra, Self.known.contains(extra) {
        throw refusal("invalid parameter \"\(extra)\"", directive.line)
      }
      return directive
    }

    private func refusal(_ text: String, _ line: Int) -> Refusal {
      var refusal = Refusal(text: "\(text) in \(path):\(line)")
      refusal.line = line
      return refusal
    }

    private static let blocksOfValues: Set = [
      "map", "geo", "split_clients", "types", "charset_map",
    ]
    private static let simple: Set = ["listen", "server_name", "proxy_pass", "return"]
    private static let known: Set = [
      "listen", "server_name", "location", "proxy_pass", "proxy_set_header", "server", "upstream",
      "return", "root", "keepalive",
    ]
  }
}
