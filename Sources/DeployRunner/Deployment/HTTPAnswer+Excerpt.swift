import DeployDSL

extension ActionContext {
  /// What a bad answer said, as a line for an error; none if it said nothing.
  func excerpt(of answer: HTTPAnswer?) -> [String] {
    guard let answer, !answer.text.isEmpty else { return [] }
    // Redacted before it is shortened: a part of a secret would not be recognised.
    return ["HTTP \(answer.status) came with: \(secrets.excerpt(answer.text, width: 200))"]
  }
}

extension HTTPAnswer {
  /// The body on one line, without control characters: the text of a page, anything else as it is.
  var text: String {
    let start = body.prefix(4096)
    let isPage = start.drop(while: \.isWhitespace).hasPrefix("<")
    let line = (isPage ? Self.text(ofPage: start) : String(start))
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return String(line.unicodeScalars.filter { $0.properties.generalCategory != .control })
  }

  /// A page without its tags, scripts and styles.
  private static func text(ofPage page: Substring) -> String {
    var (text, rest) = ("", page)
    while let open = rest.firstIndex(of: "<") {
      text += rest[..<open] + " "
      let name = rest[open...].dropFirst().prefix(while: \.isLetter).lowercased()
      var end = rest[open...].firstIndex(of: ">")
      if ["script", "style"].contains(name) {
        end = rest[open...].firstRange(of: "</\(name)>").map { rest.index(before: $0.upperBound) }
      }
      guard let end else { return text }
      rest = rest[rest.index(after: end)...]
    }
    return text + rest
  }
}
