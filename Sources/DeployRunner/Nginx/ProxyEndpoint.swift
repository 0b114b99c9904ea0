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
  /// Whether a server that leads to the colours was found there, or the plan says so. An answer
  /// from elsewhere may be anybody's: a good one proves nothing.
  var isKnown = true
  /// The locations of that server, and whether they lead to the colours.
  private var locations: [Place] = []
  /// Whether that server may look for another location itself.
  private var redirectsInside = false

  private struct Place: Hashable {
    var location: NginxLocation
    var leads: Bool
  }

  /// An address of which nothing is known.
  init(guessed address: PublishedAddress) {
    self.address = address
    isKnown = false
  }

  /// Whether what is answered for a path may be the application's word: not if nginx itself, or
  /// somebody else behind it, surely gives that answer.
  func isAnswered(for path: String) -> Bool {
    guard isKnown else { return false }
    // Where patterns lead, too, they may be what the path belongs to.
    if redirectsInside || locations.contains(where: { $0.location.isPattern && $0.leads }) {
      return true
    }
    let plain = locations.filter { !$0.location.isPattern }
    return NginxLocation.best(of: plain, for: path, by: \.location)?.leads ?? locations.isEmpty
  }

  /// A path that surely leads to the colours, where not every one does.
  var leadingPath: String? {
    locations.first { $0.leads && !$0.location.isPattern && $0.location.path.hasPrefix("/") }?
      .location.path
  }

  /// Why the answer for a path is nobody's in particular.
  func unknown(for path: String, in application: Application) -> String {
    isKnown
      ? "\(self) does not send requests for \(path) to \(application.blue) or \(application.green)"
      : "nginx's files do not show which server leads to \(application.blue) and "
        + "\(application.green), and \(self) may be any"
  }

  /// What must be said so that it becomes the application's.
  func cure(for path: String) -> String {
    isKnown
      ? "name a path that it answers: Deploy(…, health: \"/…\")"
      : "set the URL that clients use: Deploy(…, site: Site(…, url: \"https://shop.example.com\"))"
  }

  /// `127.0.0.1:80`, or `https://grafana.example.com at 127.0.0.1:443`.
  var description: String {
    if host == nil, !isTLS { return "\(address)" }
    return "\(isTLS ? "https" : "http")://\(host ?? "\(address)") at \(address)"
  }
}

/// Finding it.
extension ProxyEndpoint {
  /// An application's, as the plan says it, else as a configuration does.
  ///
  /// - Parameter configuration: all that nginx reads, or the site file alone.
  init?(
    of application: Application, by hosts: ColorHosts, in configuration: NginxConfiguration,
    published proxy: Container
  ) {
    if let url = application.site.url.flatMap(WebAddress.init) {
      self.init(saidBy: url, published: proxy)
    } else {
      self.init(
        in: configuration, leadingTo: hosts.all, for: application.health, published: proxy)
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

  /// What a configuration says: the first server that sends requests for the health path to one of
  /// the services, else any request, gets the requests for a name of its, and listens on a port
  /// that the proxy publishes.
  private init?(
    in configuration: NginxConfiguration, leadingTo services: Set<String>, for path: String,
    published proxy: Container
  ) {
    let http = NginxConfiguration.Directive(
      words: [], block: configuration.directives.filter { $0.name != "stream" }, line: 0)
    let all = http.allInside
    let backends = services.union(
      all.filter { $0.name == "upstream" && !services.isDisjoint(with: $0.servers) }
        .compactMap { $0.words.dropFirst().first })
    let servers = all.filter { $0.name == "server" && !$0.block.isEmpty }
    // TLS is spoken on a port as soon as one server says so.
    let tlsPorts = Set(servers.flatMap(NginxListen.all).filter(\.isTLS).map(\.port))
    let maps = http.maps
    let found = servers.compactMap { server -> (server: NginxConfiguration.Directive, Self)? in
      let variables = server.variables.merging(maps) { $0.union($1) }
      guard server.leads(to: backends, variables) else { return nil }
      var endpoint = ProxyEndpoint(guessed: PublishedAddress("", 0))
      endpoint.isKnown = true
      endpoint.locations = server.all("location").compactMap { block in
        NginxLocation(block).map {
          Place(
            location: $0, leads: block.redirectsInside || block.leads(to: backends, variables))
        }
      }
      endpoint.redirectsInside = server.block.contains {
        !["location", "error_page"].contains($0.name) && $0.redirectsInside
      }
      return endpoint.ask(server, of: servers, tlsPorts, proxy).map { (server, $0) }
    }
    let best = found.first { $0.1.isAnswered(for: path) } ?? found.first
    guard let best else { return nil }
    self = best.1
  }

  /// Where one of the servers is to be asked; `nil` if nothing comes to it from this machine.
  private func ask(
    _ server: NginxConfiguration.Directive, of servers: [NginxConfiguration.Directive],
    _ tlsPorts: Set<Int>, _ proxy: Container
  ) -> Self? {
    let listens = NginxListen.all(of: server).filter {
      $0.isOpen && (!$0.isLoopback || proxy.isInHostNetwork)
    }
    let plain = listens.filter { !tlsPorts.contains($0.port) }
    let tls = listens.filter { tlsPorts.contains($0.port) }
    let named = server.serverNames.filter { !server.redirects($0) }.compactMap(Self.name)
    for listen in server.redirectsToTLS ? tls + plain : plain + tls {
      guard var address = proxy.publishedAddress(of: listen.port) else { continue }
      if proxy.isInHostNetwork, let own = listen.address { address.host = own }
      for name in named.map(Optional.some) + [nil] {
        let chosen = NginxListen.server(
          for: name ?? address.host, at: listen.port, address: listen.address, among: servers
        ) { ($0.serverNames, NginxListen.all(of: $0)) }
        guard chosen == server else { continue }
        var endpoint = self
        (endpoint.address, endpoint.host) = (address, name)
        endpoint.isTLS = tlsPorts.contains(listen.port)
        return endpoint
      }
    }
    return nil
  }

  /// A name that a `server_name` fits; `nil` for a pattern or a placeholder.
  private static func name(for pattern: String) -> String? {
    let name = pattern.hasPrefix("*.") ? "www" + pattern.dropFirst() : pattern
    let plain = name.hasPrefix(".") ? String(name.dropFirst()) : name
    let isName = plain.utf8.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
    return isName && !plain.isEmpty && plain != "_" ? plain : nil
  }
}

extension NginxConfiguration.Directive {
  /// Whether requests may be given to another location from here: `try_files $uri @app;`.
  fileprivate var redirectsInside: Bool {
    allInside.contains { directive in
      ["try_files", "rewrite", "error_page"].contains(directive.name)
        || directive.name.contains("_by_lua") || directive.name.hasPrefix("js_")
    }
  }

  /// The hosts that an upstream's servers name.
  fileprivate var servers: Set<String> {
    Set(
      all("server").compactMap { $0.words.dropFirst().first }
        .flatMap { SiteText.hosts(in: $0[...]) })
  }

  /// The values of variables that are said outside of servers.
  fileprivate var maps: [String: Set<String>] {
    var outside = self
    outside.block = block.flatMap { $0.name == "http" ? $0.block : [$0] }
      .filter { $0.name != "server" }
    return outside.variables
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
