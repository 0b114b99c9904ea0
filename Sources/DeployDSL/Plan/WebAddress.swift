/// A parsed `http://` or `https://` URL.
package struct WebAddress: Hashable, Sendable {
  /// Whether it begins with `https://`.
  package var isTLS: Bool
  /// The name, or the IP address without brackets.
  package var host: String
  /// The port; 80 or 443 if unspecified.
  package var port: Int
  /// The path with its query; at least `/`.
  package var path: String

  /// Parses a URL; `nil` if the text is not one.
  package init?(_ text: String) {
    // Compare bytes: Swift treats a carriage return followed by a line feed as one character.
    guard !text.utf8.contains(where: { $0 <= 32 || $0 == 127 }),
      let scheme = ["http://", "https://"].first(where: text.hasPrefix)
    else { return nil }
    isTLS = scheme == "https://"
    let rest = text.dropFirst(scheme.count).prefix { $0 != "#" }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    path = (rest[end...].hasPrefix("/") ? "" : "/") + rest[end...]
    guard let (host, port) = Self.hostAndPort(rest[..<end]) else { return nil }
    self.host = host
    self.port = port ?? (isTLS ? 443 : 80)
  }

  /// Host and port, where the host may be an IPv6 address in brackets.
  private static func hostAndPort(_ authority: Substring) -> (host: String, port: Int?)? {
    var host = authority
    var port: Int?
    let closing = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[closing...].lastIndex(of: ":") {
      host = authority[..<colon]
      let digits = authority[authority.index(after: colon)...]
      guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits),
        (1...65535).contains(number)
      else { return nil }
      port = number
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return host.isEmpty ? nil : (String(host), port)
  }
}
