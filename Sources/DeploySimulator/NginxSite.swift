import DeployRunner

/// What a site file means: where nginx listens, and which backend gets the requests.
struct NginxSite: Hashable, Sendable {
  /// A backend as the file names it.
  struct Backend: Hashable, Sendable {
    var host: String
    var port: Int
    /// As nginx names it when it cannot be found.
    var name: String
    var line: Int
    /// Its address, found once, when the configuration is read (trap 5); `nil` if a variable names
    /// it: then it is found anew for each request.
    var address: Int?
  }

  /// What happens to a request.
  enum Destination: Hashable, Sendable {
    case backends([Backend])
    case answer(status: Int, body: String)
  }

  struct Location: Hashable, Sendable {
    var place: NginxLocation
    var destination: Destination
  }

  struct Server: Hashable, Sendable {
    var names: [String]
    var listens: [NginxListen]
    var locations: [Location]
    /// What it answers whatever is asked for.
    var answer: Destination?

    /// What happens to a request for a path.
    func destination(_ path: String) -> Destination {
      answer ?? NginxLocation.best(of: locations, for: path, by: \.place)?.destination
        ?? .answer(status: 404, body: "404 Not Found")
    }
  }

  var servers: [Server] = []
  private var variables: [String: Set<String>] = [:]
  private var hasResolver = false

  init() {}

  /// Understands all that nginx reads and finds its backends.
  init(
    _ configuration: NginxConfiguration, resolving address: (String) -> Int?
  ) throws(NginxConfiguration.Refusal) {
    let http = configuration.directives.flatMap { $0.name == "http" ? $0.block : [$0] }
    let whole = NginxConfiguration.Directive(words: [], block: http, line: 0)
    variables = whole.variables
    hasResolver = whole.allInside.contains { $0.name == "resolver" }
    var upstreams: [String: [Backend]] = [:]
    for block in http where block.name == "upstream" {
      let name = block.words.dropFirst().first ?? ""
      if upstreams[name] != nil {
        throw NginxConfiguration.Refusal(
          text: "duplicate upstream \"\(name)\" in \(block.file):\(block.line)")
      }
      // All are looked up, but no request goes to one that stands by.
      var (used, standby): ([Backend], [Backend]) = ([], [])
      for server in block.all("server") {
        let backend = try found(server.words.dropFirst().first ?? "", server, address)
        if server.standsBy { standby.append(backend) } else { used.append(backend) }
      }
      upstreams[name] = used.isEmpty ? standby : used
    }
    for block in http where block.name == "server" {
      servers.append(try server(block, upstreams, address))
    }
  }

  private func found(
    _ name: String, _ directive: NginxConfiguration.Directive, _ address: (String) -> Int?
  ) throws(NginxConfiguration.Refusal) -> Backend {
    var backend = Self.backend(name, directive)
    backend.address = address(backend.host)
    guard backend.address != nil else {
      throw NginxConfiguration.Refusal(
        text: "host not found in upstream \"\(name)\" in \(directive.file):\(directive.line)")
    }
    return backend
  }

  private static func backend(
    _ name: String, _ directive: NginxConfiguration.Directive
  ) -> Backend {
    let parts = name.split(separator: ":", maxSplits: 1)
    return Backend(
      host: parts.first.map(String.init) ?? "",
      port: parts.dropFirst().first.flatMap { Int($0) } ?? 80, name: name, line: directive.line)
  }

  private func server(
    _ block: NginxConfiguration.Directive, _ upstreams: [String: [Backend]],
    _ address: (String) -> Int?
  ) throws(NginxConfiguration.Refusal) -> Server {
    var server = Server(
      names: block.serverNames, listens: NginxListen.all(of: block), locations: [])
    server.answer = Self.answer(block)
    for location in block.all("location") {
      guard let place = NginxLocation(location),
        let destination = try destination(location, upstreams, address)
      else { continue }
      server.locations.append(Location(place: place, destination: destination))
    }
    return server
  }

  private static func answer(_ block: NginxConfiguration.Directive) -> Destination? {
    block.all("return").first.map { answer in
      .answer(
        status: answer.words.dropFirst().first.flatMap { Int($0) } ?? 200,
        body: answer.words.dropFirst(2).joined(separator: " "))
    }
  }

  private func destination(
    _ location: NginxConfiguration.Directive, _ upstreams: [String: [Backend]],
    _ address: (String) -> Int?
  ) throws(NginxConfiguration.Refusal) -> Destination? {
    if let answer = Self.answer(location) { return answer }
    guard let pass = location.all("proxy_pass").first, let word = pass.words.dropFirst().first
    else { return nil }
    let isLate = word.contains("$")
    // A map of several values gives any: the first by name, always the same.
    guard let url = NginxConfiguration.Directive.resolved(word, variables).min(),
      url.hasPrefix("http://")
    else { return nil }
    let authority = String(url.dropFirst(7).prefix { $0 != "/" })
    if let backends = upstreams[authority] { return .backends(backends) }
    if isLate {
      return hasResolver
        ? .backends([Self.backend(authority, pass)])
        : .answer(status: 502, body: "no resolver defined to resolve \(authority)")
    }
    let host = String(authority.prefix { $0 != ":" })
    guard address(host) != nil else {
      throw NginxConfiguration.Refusal(
        text: "host not found in upstream \"\(host)\" in \(pass.file):\(pass.line)")
    }
    return .backends([try found(authority, pass, address)])
  }

  /// What happens to a request; `nil` if nothing listens there.
  func destination(of request: SimulatedRequest) -> Destination? {
    let there = servers.filter { server in server.listens.contains { $0.port == request.port } }
    let addresses = Set(there.flatMap(\.listens).filter { $0.port == request.port }.map(\.address))
    // The simulation's requests come from this machine, to whichever address there is.
    let server = addresses.lazy.compactMap { address in
      NginxListen.server(
        for: request.name, at: request.port, address: address, among: servers,
        by: { ($0.names, $0.listens) })
    }.first
    guard let server else { return nil }
    let takesTLS = there.flatMap(\.listens).contains { $0.port == request.port && $0.isTLS }
    if takesTLS, !request.isTLS {
      return .answer(
        status: 400, body: "400 The plain HTTP request was sent to HTTPS port")
    }
    return takesTLS == request.isTLS ? server.destination(request.path) : nil
  }

  /// What a client of the application asks for: by the name and port of the first server that
  /// sends the path to a backend of its, else whatever listens on a port.
  func request(
    _ path: String, orOn port: Int, to isOurs: (String) -> Bool
  ) -> SimulatedRequest {
    for server in servers {
      guard case .backends(let backends) = server.destination(path),
        backends.contains(where: { isOurs($0.host) }), let listen = server.listens.first
      else { continue }
      return SimulatedRequest(
        name: server.names.first, port: listen.port, path: path, isTLS: listen.isTLS)
    }
    return SimulatedRequest(name: nil, port: port, path: path, isTLS: false)
  }
}

/// A GET as it comes to a server.
struct SimulatedRequest: Hashable, Sendable {
  /// The Host header's name.
  var name: String?
  var port: Int
  var path: String
  var isTLS = false
}
