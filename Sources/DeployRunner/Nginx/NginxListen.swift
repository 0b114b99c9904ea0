/// Where a `server` block of nginx's takes requests: one `listen` directive.
package struct NginxListen: Hashable, Sendable {
  package var port: Int
  /// The one address that it listens on; `nil` for all.
  package var address: String?
  package var isTLS: Bool
  /// Whether requests that name no server of the port's come here.
  var isDefault: Bool
  /// Whether only those who share nginx's network can ask there.
  var isLoopback: Bool
  /// Whether a plain client could ask: not by QUIC, and not where another proxy has to announce it.
  var isOpen: Bool

  /// Understands `listen 443 ssl`; `nil` where it leads to no port.
  init?(_ words: [String]) {
    guard let place = words.dropFirst().first else { return nil }
    let parameters = words.dropFirst(2)
    isTLS = parameters.contains("ssl")
    isDefault = parameters.contains("default_server") || parameters.contains("default")
    isLoopback = ["127.", "localhost", "[::1]"].contains(where: place.hasPrefix)
    isOpen = !parameters.contains("quic") && !parameters.contains("proxy_protocol")
    // `80`, `*:80`, `[::]:80`, `10.0.0.1`, `8000-8010`, `unix:/run/nginx.sock`.
    guard !place.hasPrefix("unix:") else { return nil }
    let closing = place.lastIndex(of: "]") ?? place.startIndex
    let colon = place[closing...].lastIndex(of: ":")
    let digits = colon.map { place[place.index(after: $0)...] } ?? place[...]
    let host: Substring
    if let port = Int(digits.prefix { $0 != "-" }) {
      self.port = port
      host = place[..<(colon ?? place.startIndex)]
    } else if colon == nil {
      port = 80
      host = place[...]
    } else {
      return nil
    }
    address =
      ["", "*", "0.0.0.0", "[::]"].contains(host) ? nil : host.filter { !"[]".contains($0) }
  }

  /// Where a `server` block takes requests; without a word about it, on port 80.
  package static func all(of server: NginxConfiguration.Directive) -> [NginxListen] {
    let said = server.all("listen").map(\.words)
    var listens = (said.isEmpty ? [["listen", "80"]] : said).compactMap { NginxListen($0) }
    // The old way of saying `listen … ssl`.
    if server.all("ssl").contains(where: { $0.words.last == "on" }) {
      for index in listens.indices { listens[index].isTLS = true }
    }
    return listens
  }
}

extension NginxListen {
  /// The server that nginx gives a request to, by its port and the Host header's name.
  ///
  /// - Parameter address: the one address of this port that is meant; `nil` for all.
  package static func server<Element>(
    for host: String?, at port: Int, address: String? = nil, among elements: [Element],
    by server: (Element) -> (names: [String], listens: [NginxListen])
  ) -> Element? {
    let there = elements.filter { element in
      server(element).listens.contains { $0.port == port && $0.address == address }
    }
    func isNamed(_ element: Element, _ fits: (String, String) -> Bool) -> Bool {
      host.map { host in server(element).names.contains { fits($0, host) } } ?? false
    }
    return there.first { isNamed($0, ==) }
      ?? there.first { isNamed($0, isWildcard) }
      ?? there.first { element in
        server(element).listens.contains {
          $0.port == port && $0.address == address && $0.isDefault
        }
      } ?? there.first
  }

  /// Whether `*.example.com`, `.example.com` or `www.example.*` fits a name.
  private static func isWildcard(_ pattern: String, _ host: String) -> Bool {
    if pattern.hasPrefix("*.") { return host.hasSuffix(pattern.dropFirst()) }
    if pattern.hasPrefix(".") { return host == pattern.dropFirst() || host.hasSuffix(pattern) }
    return pattern.hasSuffix(".*") && host.hasPrefix(pattern.dropLast())
  }
}

extension NginxConfiguration.Directive {
  /// The names in `server_name`, as they are written.
  package var serverNames: [String] { all("server_name").flatMap { $0.words.dropFirst() } }

  /// Itself and everything inside it.
  package var allInside: [NginxConfiguration.Directive] { [self] + block.flatMap(\.allInside) }
}
