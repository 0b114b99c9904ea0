/// What shows that connections may be long.
package struct LongConnections: Sendable, Equatable {
  /// The directive, as written.
  package var text: String
  /// How long a request may take, in seconds; `nil` if connections have no end.
  package var timeout: Int?

  /// How long to wait for requests, in seconds: as long as one may take, but not for those that do not
  /// end in ten minutes.
  package func patience(atLeast least: Int) -> Int {
    guard let timeout, timeout <= 600 else { return least }
    return max(least, timeout)
  }
}

/// Where an nginx configuration sends requests, seen from the hosts that get them.
package struct NginxTraffic: Sendable {
  /// What the configuration says about the requests that some hosts get.
  package struct Way: Sendable, Equatable {
    /// The `server_name`s of the servers that send them.
    package var serverNames: [String] = []
    /// The path prefixes that are sent there; empty for all paths of a server.
    package var paths: [String] = []
    /// The same as the application sees them: `/` for `location /wiki/ { proxy_pass http://wiki/; }`.
    package var insidePaths: [String] = []
    /// Why connections may be long, as written: `proxy_set_header Upgrade`; `nil` if nothing says so.
    package var longConnections: LongConnections?
    /// The directive that sends them something other than HTTP: `fastcgi_pass`.
    package var otherThanHTTP: String?
  }

  private let http: NginxConfiguration.Directive

  package init(_ configuration: NginxConfiguration) {
    http = configuration.root
  }

  /// The hosts that get requests: `web:3000`; without servers that only stand by.
  package var hosts: Set<String> {
    let standby = http.allInside.filter { $0.name == "server" && $0.standsBy }
    return http.backends.subtracting(standby.compactMap { $0.words.dropFirst().first })
      .filter { !$0.contains("$") }
  }

  /// The port at which one of some hosts gets requests, if the configuration states it.
  package func port(of hosts: [String]) -> Int? {
    self.hosts.sorted().lazy.compactMap { target in
      let parts = target.split(separator: ":")
      return parts.count == 2 && hosts.contains(String(parts[0])) ? Int(parts[1]) : nil
    }.first
  }

  /// How requests reach some hosts; `nil` if none are sent there.
  package func way(to hosts: Set<String>) -> Way? {
    let all = http.allInside
    let backends = hosts.union(
      all.filter { block in
        block.name == "upstream"
          && !hosts.isDisjoint(
            with: block.all("server").filter { !$0.standsBy }
              .compactMap { $0.words.dropFirst().first }
              .flatMap { SiteText.hosts(in: $0[...]) })
      }.compactMap { $0.words.dropFirst().first })
    let variables = http.variables
    let servers = all.filter {
      $0.name == "server" && !$0.block.isEmpty && $0.leads(to: backends, variables)
    }
    guard !servers.isEmpty else { return nil }
    var way = Way()
    way.otherThanHTTP = http.passesOtherThanHTTP(to: hosts)
    var (found, isAnywhere): ([LongConnections], Bool) = ([], false)
    for server in servers {
      way.serverNames += server.serverNames.filter { !way.serverNames.contains($0) }
      let leading = server.all("location").filter { $0.leads(to: backends, variables) }
      let locations = leading.compactMap(NginxLocation.init).filter { !$0.isPattern }
      way.paths += locations.map(\.path)
      way.insidePaths += leading.flatMap { $0.insidePaths(of: backends, variables) }
      // `try_files $uri @app` leads there from any path.
      isAnywhere = isAnywhere || locations.contains { $0.path.hasPrefix("@") }
      // What is outside of locations applies to all of them.
      let around = server.block.filter { $0.name != "location" }
      let blocks = around + (leading.isEmpty ? [] : leading.flatMap(\.allInside))
      found += blocks.compactMap(\.longConnections)
    }
    if isAnywhere { (way.paths, way.insidePaths) = ([], []) }
    let general = (all.first { $0.name == "http" } ?? http).block
    found += general.compactMap(\.longConnections)
    // What has no end is cut soon in any case.
    way.longConnections = found.first { $0.timeout == nil } ?? found.first
    return way
  }
}

extension NginxConfiguration.Directive {
  /// The path prefixes that some hosts see of a location's requests.
  fileprivate func insidePaths(
    of hosts: Set<String>, _ variables: [String: Set<String>]
  ) -> [String] {
    guard let location = NginxLocation(self), !location.isPattern else { return [] }
    // `rewrite ^/wiki/(.*) /$1 break;`, `rewrite ^/wiki(/.*) $1 break;`
    let rewritten = allInside.first { $0.name == "rewrite" && $0.words.last == "break" }
      .map { $0.words.dropFirst(2).first?.prefix { $0 != "$" } ?? "" }
      .map { $0.hasPrefix("/") ? String($0) : "/" }
    let replaced = allInside.filter { $0.name == "proxy_pass" && $0.leads(to: hosts, variables) }
      .flatMap { pass in
        pass.words.dropFirst().prefix(1).flatMap { Self.resolved($0, variables) }
      }.compactMap(Self.path)
    return replaced.isEmpty ? [rewritten ?? location.path] : replaced.sorted()
  }

  /// `/path` of `http://HOST:PORT/path`, which replaces what a location matches; `nil` without one.
  private static func path(_ word: String) -> String? {
    guard let rest = word.firstRange(of: "://").map({ word[$0.upperBound...] }),
      let slash = rest.firstIndex(of: "/")
    else { return nil }
    return String(rest[slash...].prefix { $0 != "$" })
  }

  /// Far beyond nginx's default of 60 seconds.
  private static let longTimeout = 120

  /// The directive, if it shows that connections may be long.
  fileprivate var longConnections: LongConnections? {
    let values = words.dropFirst().map { $0.lowercased() }
    let text = words.joined(separator: " ")
    switch name {
    case "proxy_set_header":
      return values.first == "upgrade" ? LongConnections(text: text) : nil
    case "proxy_read_timeout", "grpc_read_timeout", "fastcgi_read_timeout", "uwsgi_read_timeout":
      let timeout = Self.seconds(values.first ?? "") ?? 0
      return timeout >= Self.longTimeout ? LongConnections(text: text, timeout: timeout) : nil
    default:
      return values.contains { $0.contains("text/event-stream") }
        ? LongConnections(text: text) : nil
    }
  }

  /// A time of nginx's: `300`, `300s`, `1h30m`.
  private static func seconds(_ text: String) -> Int? {
    let units = ["ms": 0, "s": 1, "m": 60, "h": 3600, "d": 86400]
    var (sum, digits, unit) = (0, "", "")
    func part() -> Int? {
      Int(digits).flatMap { count in units[unit.isEmpty ? "s" : unit].map { $0 * count } }
    }
    for letter in text {
      if letter.isNumber, !unit.isEmpty {
        guard let value = part() else { return nil }
        (sum, digits, unit) = (sum + value, "", "")
      }
      if letter.isNumber { digits.append(letter) } else { unit.append(letter) }
    }
    return part().map { sum + $0 }
  }
}
