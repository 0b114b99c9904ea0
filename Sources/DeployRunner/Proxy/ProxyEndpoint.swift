import DeployDSL

/// Where a client on this machine finds the application: the proxy's address, the name to ask for,
/// and whether by TLS.
///
/// The lowest published port alone would not do: an answer from there may be another site's, a
/// redirect, or nginx's complaint that TLS is spoken on that port.
struct ProxyEndpoint: Hashable, Sendable, CustomStringConvertible {
  var address: PublishedAddress
  /// The Host header, and the name in the certificate; `nil` if any will do.
  var host: String?
  var isTLS = false

  /// `127.0.0.1:80`, or `https://grafana.example.com at 127.0.0.1:443`.
  var description: String {
    if host == nil, !isTLS { return "\(address)" }
    return "\(isTLS ? "https" : "http")://\(host ?? "\(address)") at \(address)"
  }

  /// Asks once; `nil` if it was left out.
  func get(
    _ path: String, _ effect: HostOperation.Effect, timeout: Duration, in context: ActionContext
  ) async throws -> HTTPAnswer? {
    guard isTLS else {
      return try await context.get(
        address.url(path), host: host.map(PublishedAddress.written), effect, timeout: timeout)
    }
    let reply = try await context.perform(
      .command(CurlCommand.get(path, from: self, within: timeout)), effect,
      timeout: timeout + .seconds(2))
    guard case .command(let result) = reply else { return nil }
    // A body that did not come to its end does not matter.
    if let answer = CurlCommand.answer(in: result.output), answer.status > 0 { return answer }
    throw OperationFailure.noAnswer(reason: CurlCommand.reason(for: result))
  }
}

/// Finding it.
extension ProxyEndpoint {
  /// An application's, as the plan says it, else as configurations do.
  ///
  /// - Parameter configurations: all that nginx reads, or the site file alone.
  init?(
    of application: Application, by hosts: ColorHosts, in configurations: [[UInt8]],
    published proxy: Container
  ) {
    if let url = application.site.url.flatMap(WebAddress.init) {
      self.init(saidBy: url, published: proxy)
    } else {
      // One that is not understood may be understood by nginx: it only says nothing about this.
      let understood = configurations.compactMap { try? NginxConfiguration($0, path: "") }
      self.init(in: understood, leadingTo: hosts.all, for: application.health, published: proxy)
    }
  }

  /// What a plan says: the proxy's published address of that port, else this machine's own port,
  /// for a proxy in the host's network.
  private init(saidBy url: WebAddress, published proxy: Container) {
    let addresses = proxy.publishedAddresses
    address =
      addresses.first { $0.port == url.port } ?? proxy.publishedAddress(of: url.port)
      ?? PublishedAddress("127.0.0.1", url.port)
    host = url.host
    isTLS = url.isTLS
  }

  /// What configurations say: the first server that sends requests for the health path to one of
  /// the services, else any request, and listens on a port that the proxy publishes.
  private init?(
    in configurations: [NginxConfiguration], leadingTo services: Set<String>, for path: String,
    published proxy: Container
  ) {
    let all = configurations.flatMap(\.directives).filter { $0.name != "stream" }
      .flatMap(\.allInside)
    let upstreams = all.filter { $0.name == "upstream" && $0.names(services, in: ["server"]) }
      .compactMap { $0.words.dropFirst().first }
    let backends = services.union(upstreams)
    let servers = all.filter { $0.name == "server" }
    // TLS is spoken on a port as soon as one server says so.
    let tlsPorts = Set(servers.flatMap(NginxListen.all).filter(\.isTLS).map(\.port))
    let leading = servers.filter { $0.names(backends, in: Self.passes) }
    let direct = leading.filter { server in
      server.all("location").isEmpty
        || server.location(for: path)?.names(backends, in: Self.passes) == true
    }
    for server in direct + leading {
      let listens = NginxListen.all(of: server).filter {
        $0.isOpen && (!$0.isLoopback || proxy.isInHostNetwork)
      }
      let plain = listens.filter { !tlsPorts.contains($0.port) }
      let tls = listens.filter { tlsPorts.contains($0.port) }
      for listen in server.redirectsToTLS ? tls + plain : plain + tls {
        guard var address = proxy.publishedAddress(of: listen.port) else { continue }
        if proxy.isInHostNetwork, let own = listen.address { address.host = own }
        let names = server.serverNames.filter { !server.redirects($0) }
        self.init(
          address: address, host: names.lazy.compactMap(Self.name).first,
          isTLS: tlsPorts.contains(listen.port))
        return
      }
    }
    return nil
  }

  /// What sends a request on, and what may hold the name for it.
  private static let passes: Set = [
    "proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "set",
  ]

  /// A name that a `server_name` fits; `nil` for a pattern or a placeholder.
  private static func name(for pattern: String) -> String? {
    let name = pattern.hasPrefix("*.") ? "www" + pattern.dropFirst() : pattern
    let plain = name.hasPrefix(".") ? String(name.dropFirst()) : name
    let isName = plain.utf8.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
    return isName && !plain.isEmpty && plain != "_" ? plain : nil
  }
}

extension NginxConfiguration.Directive {
  /// Whether one of certain directives inside it names one of the hosts.
  fileprivate func names(_ hosts: Set<String>, in directives: Set<String>) -> Bool {
    allInside.dropFirst().contains { directive in
      guard directives.contains(directive.name) else { return false }
      // `server HOST:PORT weight=2;`, `proxy_pass http://HOST:PORT/path;`, `set $name HOST;`.
      let word = directive.words.dropFirst(directive.name == "set" ? 2 : 1).first ?? ""
      let rest = word.firstRange(of: "://").map { word[$0.upperBound...] } ?? word[...]
      let authority = rest.prefix { $0 != "/" }
      return !authority.hasPrefix("$")
        && !hosts.isDisjoint(with: SiteText.hosts(in: authority))
    }
  }

  /// The location that a path belongs to, patterns left out.
  fileprivate func location(for path: String) -> Self? {
    let locations = all("location").compactMap { block in
      NginxLocation(block).map { (place: $0, block: block) }
    }.filter { !$0.place.isPattern }
    return NginxLocation.best(of: locations, for: path, by: \.place)?.block
  }

  /// Whether it sends clients without TLS away: `if ($scheme = http) { return 301 https://…; }`.
  fileprivate var redirectsToTLS: Bool {
    let marks = ["$scheme", "$https", "$server_port", "x_forwarded_proto"]
    return redirections.contains { condition in
      marks.contains { mark in condition.contains { $0.contains(mark) } }
    }
  }

  /// Whether it sends clients of one of its names away: `if ($host = www.a.b) { return 301 …; }`.
  fileprivate func redirects(_ name: String) -> Bool {
    redirections.contains { condition in
      condition.contains { $0.contains("$host") }
        && condition.contains { SiteText.hosts(in: $0[...]).contains(name) }
    }
  }

  /// The conditions, as words, on which it redirects.
  private var redirections: [ArraySlice<String>] {
    allInside.filter { block in
      block.name == "if"
        && block.block.contains { inner in
          (inner.name == "return" && inner.words.dropFirst().first?.hasPrefix("30") == true)
            || (inner.name == "rewrite"
              && ["permanent", "redirect"].contains(inner.words.last ?? ""))
        }
    }.map { $0.words.dropFirst() }
  }
}
