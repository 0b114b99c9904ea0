/// A `listen` directive of a `server` block.
package struct NginxListen: Hashable, Sendable {
  package var port: Int
  /// The address that it listens on; `nil` for all.
  package var address: String?
  package var isTLS: Bool
  /// Whether it is the default server of its port.
  var isDefault: Bool
  /// Whether it listens on a loopback address only.
  var isLoopback: Bool
  /// Whether a plain client can connect: without QUIC or the PROXY protocol.
  var isOpen: Bool

  /// Parses `listen 443 ssl`; `nil` if it does not listen on a port.
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

  /// Where a `server` block listens; by default on port 80.
  package static func all(of server: NginxConfiguration.Directive) -> [NginxListen] {
    let said = server.all("listen").map(\.words)
    var listens = (said.isEmpty ? [["listen", "80"]] : said).compactMap { NginxListen($0) }
    // The deprecated form of `listen … ssl`.
    if server.all("ssl").contains(where: { $0.words.last == "on" }) {
      for index in listens.indices { listens[index].isTLS = true }
    }
    return listens
  }
}

extension NginxListen {
  /// The server that nginx selects for a request, by port and Host header.
  ///
  /// - Parameter address: the listening address; `nil` for all.
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

  /// Whether `*.example.com`, `.example.com` or `www.example.*` matches a name.
  private static func isWildcard(_ pattern: String, _ host: String) -> Bool {
    if pattern.hasPrefix("*.") { return host.hasSuffix(pattern.dropFirst()) }
    if pattern.hasPrefix(".") { return host == pattern.dropFirst() || host.hasSuffix(pattern) }
    return pattern.hasSuffix(".*") && host.hasPrefix(pattern.dropLast())
  }
}

extension NginxConfiguration.Directive {
  /// The names in `server_name`, as written.
  package var serverNames: [String] { all("server_name").flatMap { $0.words.dropFirst() } }

  /// This directive and everything inside it.
  package var allInside: [NginxConfiguration.Directive] { [self] + block.flatMap(\.allInside) }
}
