import DeployRunner

/// The meaning of a site file: the listening addresses and the backends of requests.
struct NginxSite: Hashable, Sendable {
  /// A backend as named in the file.
  struct Backend: Hashable, Sendable {
    var host: String
    var port: Int
    /// The name in nginx's error if it cannot be resolved.
    var name: String
    var line: Int
    /// Its addresses, resolved once, when the configuration is read; `nil` if a variable names it:
    /// nginx then resolves it for each request.
    var addresses: [Int]?
  }

  /// The action for a request.
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
    /// The answer to every request, if fixed.
    var answer: Destination?

    /// The action for a request for a path.
    func destination(_ path: String) -> Destination {
      answer ?? NginxLocation.best(of: locations, for: path, by: \.place)?.destination
        ?? .answer(status: 404, body: "404 Not Found")
    }
  }

  var servers: [Server] = []
  private var variables: [String: Set<String>] = [:]
  private var hasResolver = false

  init() {}

  /// Parses the complete configuration and resolves its backends.
  init(
    _ configuration: NginxConfiguration, resolving address: (String) -> [Int]
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
      // nginx resolves all servers, but sends no request to a backup.
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
    _ name: String, _ directive: NginxConfiguration.Directive, _ address: (String) -> [Int]
  ) throws(NginxConfiguration.Refusal) -> Backend {
    var backend = Self.backend(name, directive)
    let addresses = address(backend.host)
    backend.addresses = addresses
    guard !addresses.isEmpty else {
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
    _ address: (String) -> [Int]
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
    _ address: (String) -> [Int]
  ) throws(NginxConfiguration.Refusal) -> Destination? {
    if let answer = Self.answer(location) { return answer }
    guard let pass = location.all("proxy_pass").first, let word = pass.words.dropFirst().first
    else { return nil }
    let isLate = word.contains("$")
    // For a map with several values use the first by name, so that the choice is stable.
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
    guard !address(host).isEmpty else {
      throw NginxConfiguration.Refusal(
        text: "host not found in upstream \"\(host)\" in \(pass.file):\(pass.line)")
    }
    return .backends([try found(authority, pass, address)])
  }

  /// All backends of its locations.
  var backends: Set<Backend> {
    servers.flatMap(\.locations).reduce(into: []) { found, location in
      if case .backends(let backends) = location.destination { found.formUnion(backends) }
    }
  }

  /// The action for a request; `nil` if no server listens there.
  func destination(of request: SimulatedRequest) -> Destination? {
    let there = servers.filter { server in server.listens.contains { $0.port == request.port } }
    let addresses = Set(there.flatMap(\.listens).filter { $0.port == request.port }.map(\.address))
    // Simulated requests come from this machine and match any address.
    let server = addresses.firstValue { address in
      NginxListen.server(
        for: request.name, at: request.port, address: address, among: servers,
        by: { ($0.names, $0.listens) })
    }
    guard let server else { return nil }
    let takesTLS = there.flatMap(\.listens).contains { $0.port == request.port && $0.isTLS }
    if takesTLS, !request.isTLS {
      return .answer(
        status: 400, body: "400 The plain HTTP request was sent to HTTPS port")
    }
    return takesTLS == request.isTLS ? server.destination(request.path) : nil
  }

  /// The request of an application's client: to the name and port of the first server that sends
  /// the path to one of the backends, else to any server on the port.
  func request(
    _ path: String, orOn port: Int, to isOurs: (Backend) -> Bool
  ) -> SimulatedRequest {
    for server in servers {
      guard case .backends(let backends) = server.destination(path),
        backends.contains(where: isOurs), let listen = server.listens.first
      else { continue }
      return SimulatedRequest(
        name: server.names.first, port: listen.port, path: path, isTLS: listen.isTLS)
    }
    return SimulatedRequest(name: nil, port: port, path: path, isTLS: false)
  }
}

extension Sequence {
  /// The first value that a function has for an element; `lazy.compactMap` would call it twice.
  func firstValue<Value>(_ value: (Element) -> Value?) -> Value? {
    for element in self { if let value = value(element) { return value } }
    return nil
  }
}

/// A GET as a server receives it.
struct SimulatedRequest: Hashable, Sendable {
  /// The Host header's name.
  var name: String?
  var port: Int
  var path: String
  var isTLS = false
}
