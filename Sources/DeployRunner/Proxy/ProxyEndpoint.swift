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
      return try await context.get(address.url(path), host: host, effect, timeout: timeout)
    }
    let reply = try await context.perform(
      .command(CurlCommand.get(path, from: self, within: timeout)), effect,
      timeout: timeout + .seconds(2))
    guard case .command(let result) = reply else { return nil }
    if result.succeeded, let answer = CurlCommand.answer(in: result.output) { return answer }
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
      self.init(in: understood, leadingTo: hosts.all, published: proxy)
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

  /// What configurations say: the first server that sends requests to one of the services and
  /// listens on a port that the proxy publishes.
  private init?(
    in configurations: [NginxConfiguration], leadingTo services: Set<String>,
    published proxy: Container
  ) {
    let all = configurations.flatMap(\.directives).filter { $0.name != "stream" }
      .flatMap(\.allInside)
    let upstreams = all.filter { $0.name == "upstream" && $0.names(services, in: ["server"]) }
      .compactMap { $0.words.dropFirst().first }
    let backends = services.union(upstreams)
    for server in all where server.name == "server" && server.names(backends, in: Self.passes) {
      // `if ($scheme = http) { return 301 … }`: by TLS only is the application reached.
      let redirects = server.all("if").contains { !$0.all("return").isEmpty }
      let listens = NginxListen.all(of: server).filter {
        $0.isOpen && (!$0.isLoopback || proxy.isInHostNetwork)
      }
      let plain = listens.filter { !$0.isTLS }
      let tls = listens.filter(\.isTLS)
      for listen in redirects ? tls + plain : plain + tls {
        guard let address = proxy.publishedAddress(of: listen.port) else { continue }
        self.init(
          address: address, host: server.serverNames.lazy.compactMap(Self.name).first,
          isTLS: listen.isTLS)
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
    let isName = plain.utf8.allSatisfy { $0.isLetterOrDigit || $0 == 45 || $0 == 46 }
    return isName && !plain.isEmpty ? plain : nil
  }
}

extension NginxConfiguration.Directive {
  /// Whether one of certain directives inside it names one of the hosts.
  fileprivate func names(_ hosts: Set<String>, in directives: Set<String>) -> Bool {
    block.flatMap(\.allInside).contains { directive in
      directives.contains(directive.name)
        && directive.words.dropFirst().contains {
          !hosts.isDisjoint(with: SiteText.hosts(in: $0[...]))
        }
    }
  }
}
