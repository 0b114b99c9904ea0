package import DeployDSL

/// Where a client on this machine reaches the application: the proxy's address, the host name, and
/// whether over TLS.
///
/// The lowest published port is not enough: its answer may be another site's, a redirect, or
/// nginx's error for plain HTTP on a TLS port.
package struct ProxyEndpoint: Hashable, Sendable, CustomStringConvertible {
  var address: PublishedAddress
  /// The Host header and TLS server name; `nil` if any works.
  var host: String?
  var isTLS = false
  /// Whether the configuration or the plan shows that this address leads to the colours. Otherwise
  /// a good answer proves nothing.
  var isKnown = true
  /// The server's locations, and whether they lead to the colours.
  private var locations: [Place] = []
  /// Whether that server may redirect internally to another location.
  private var redirectsInside = false

  private struct Place: Hashable {
    var location: NginxLocation
    var leads: Bool
  }

  /// An address that may not lead to the application.
  init(guessed address: PublishedAddress) {
    self.address = address
    isKnown = false
  }

  /// Whether the answer for a path may come from the application: not if it certainly comes from
  /// nginx itself or another backend.
  func isAnswered(for path: String) -> Bool {
    guard isKnown else { return false }
    // A pattern that leads to the colours may match the path.
    if redirectsInside || locations.contains(where: { $0.location.isPattern && $0.leads }) {
      return true
    }
    let plain = locations.filter { !$0.location.isPattern }
    return NginxLocation.best(of: plain, for: path, by: \.location)?.leads ?? locations.isEmpty
  }

  /// A path that certainly leads to the colours, if not every one does.
  var leadingPath: String? {
    locations.first { $0.leads && !$0.location.isPattern && $0.location.path.hasPrefix("/") }?
      .location.path
  }

  /// The path whose answers show whether nginx leads to the application: the health path, or else one
  /// that certainly leads to the colours; `nil` if none is known.
  func provingPath(for health: String) -> String? {
    guard isKnown else { return nil }
    return isAnswered(for: health) ? health : leadingPath
  }

  /// Why the answer for a path may not come from the application.
  func unknown(for path: String, in application: Application) -> String {
    isKnown
      ? "\(self) does not send requests for \(path) to \(application.blue) or \(application.green)"
      : "nginx's files do not show which server leads to \(application.blue) and "
        + "\(application.green), and \(self) may be another one"
  }

  /// How to make the answer come from the application.
  func cure(for path: String) -> String {
    isKnown
      ? "name a path that it answers: Deploy(…, health: \"/…\")"
      : "set the URL that clients use: Deploy(…, site: Site(…, url: \"https://shop.example.com\"))"
  }

  /// `127.0.0.1:80`, or `https://grafana.example.com at 127.0.0.1:443`.
  package var description: String {
    if host == nil, !isTLS { return "\(address)" }
    return "\(isTLS ? "https" : "http")://\(host ?? "\(address)") at \(address)"
  }
}

/// Finding the endpoint.
extension ProxyEndpoint {
  /// The URL by which clients reach an application, if a name selects its server; `nil` without one.
  ///
  /// - Parameter site: the site file as nginx names it.
  package static func url(
    of application: Application, by hosts: ColorHosts, in configuration: NginxConfiguration,
    site: String?, published proxy: RunningProxy
  ) -> String? {
    let found = Self(of: application, by: hosts, in: configuration, site: site, published: proxy)
    guard let found, let name = found.host else { return nil }
    let port = found.address.port
    let isUsual = port == (found.isTLS ? 443 : 80)
    return "\(found.isTLS ? "https" : "http")://\(name)" + (isUsual ? "" : ":\(port)")
  }

  /// An application's endpoint from the plan, else from a configuration.
  ///
  /// - Parameters:
  ///   - configuration: nginx's whole configuration, or only the site file.
  ///   - site: the site file as nginx names it. Its servers come first: another file may send
  ///     requests to the same services by another name.
  init?(
    of application: Application, by hosts: ColorHosts, in configuration: NginxConfiguration,
    site: String? = nil, published proxy: RunningProxy
  ) {
    if let url = application.site.url.flatMap(WebAddress.init) {
      self.init(saidBy: url, published: proxy)
    } else {
      self.init(
        in: configuration, leadingTo: hosts.all, for: application.health, site: site,
        published: proxy)
    }
  }

  /// The endpoint for the plan's URL: the proxy's published address of its port, else this
  /// machine's port, for a proxy in the host's network.
  private init(saidBy url: WebAddress, published proxy: RunningProxy) {
    let addresses = proxy.publishedAddresses
    address =
      addresses.first { $0.port == url.port } ?? proxy.publishedAddress(of: url.port)
      ?? PublishedAddress("127.0.0.1", url.port)
    host = url.host
    isTLS = url.isTLS
  }

  /// The endpoint from a configuration: the first server that sends requests for the health path,
  /// else any requests, to one of the services, is selected for one of its names, and listens on a
  /// port that the proxy publishes.
  private init?(
    in configuration: NginxConfiguration, leadingTo services: Set<String>, for path: String,
    site: String?, published proxy: RunningProxy
  ) {
    let http = NginxConfiguration.Directive(
      words: [], block: configuration.directives.filter { $0.name != "stream" }, line: 0)
    let all = http.allInside
    let backends = services.union(
      all.filter { $0.name == "upstream" && !services.isDisjoint(with: $0.servers) }
        .compactMap { $0.words.dropFirst().first })
    let servers = all.filter { $0.name == "server" && !$0.block.isEmpty }
    // A port uses TLS as soon as one server does.
    let tlsPorts = Set(servers.flatMap(NginxListen.all).filter(\.isTLS).map(\.port))
    let maps = http.maps
    let found = servers.compactMap { server -> (isOwn: Bool, endpoint: Self)? in
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
      guard var asked = endpoint.ask(server, of: servers, tlsPorts, proxy) else { return nil }
      asked.host = http.mappedName(leadingTo: backends, in: server) ?? asked.host
      let isOwn = server.file == site || server.allInside.contains { $0.file == site }
      return (isOwn, asked)
    }
    let ordered = (found.filter(\.isOwn) + found.filter { !$0.isOwn }).map(\.endpoint)
    guard let best = ordered.first(where: { $0.isAnswered(for: path) }) ?? ordered.first
    else { return nil }
    self = best
  }

  /// Where to reach one of the servers; `nil` if it is unreachable from this machine.
  private func ask(
    _ server: NginxConfiguration.Directive, of servers: [NginxConfiguration.Directive],
    _ tlsPorts: Set<Int>, _ proxy: RunningProxy
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

  /// A name that a `server_name` matches; `nil` for a regular expression or a placeholder.
  private static func name(for pattern: String) -> String? {
    let name = pattern.hasPrefix("*.") ? "www" + pattern.dropFirst() : pattern
    let plain = name.hasPrefix(".") ? String(name.dropFirst()) : name
    let isName = plain.utf8.allSatisfy { $0.isLetterOrDigit || "-._".utf8.contains($0) }
    return isName && !plain.isEmpty && plain != "_" ? plain : nil
  }
}

extension NginxConfiguration.Directive {
  /// Whether it may redirect requests internally to another location: `try_files $uri @app;`.
  fileprivate var redirectsInside: Bool {
    allInside.contains { directive in
      ["try_files", "rewrite", "error_page"].contains(directive.name)
        || directive.name.contains("_by_lua") || directive.name.hasPrefix("js_")
    }
  }

  /// The hosts of an upstream's servers.
  fileprivate var servers: Set<String> {
    Set(serverWords.flatMap { SiteText.hosts(in: $0[...]) })
  }

  /// The values of variables defined outside of servers.
  fileprivate var maps: [String: Set<String>] {
    var outside = self
    outside.block = block.flatMap { $0.name == "http" ? $0.block : [$0] }
      .filter { $0.name != "server" }
    return outside.variables
  }

  /// Whether it redirects clients without TLS: `if ($scheme = http) { return 301 https://…; }`.
  fileprivate var redirectsToTLS: Bool {
    let marks = ["$scheme", "$https", "$server_port", "x_forwarded_proto"]
    return redirections.contains { condition in
      marks.contains { mark in condition.contains { $0.contains(mark) } }
    }
  }

  /// Whether it redirects clients of one of its names: `if ($host = www.a.b) { return 301 …; }`.
  fileprivate func redirects(_ name: String) -> Bool {
    redirections.contains { condition in
      condition.contains { $0.contains("$host") }
        && condition.contains { SiteText.hosts(in: $0[...]).contains(name) }
    }
  }

  /// The words of the conditions under which it redirects.
  private var redirections: [ArraySlice<String>] {
    allInside.filter { $0.name == "if" && $0.block.contains(where: \.isRedirect) }
      .map { $0.words.dropFirst() }
  }

  /// Whether it redirects clients.
  var isRedirect: Bool {
    switch name {
    case "return": words.dropFirst().first?.hasPrefix("30") == true
    case "rewrite": ["permanent", "redirect"].contains(words.last ?? "")
    default: false
    }
  }
}
