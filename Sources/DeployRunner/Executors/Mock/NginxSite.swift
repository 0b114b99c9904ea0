/// What a site file means: where nginx listens, and which backend gets the requests.
struct NginxSite: Hashable, Sendable {
  /// A backend as the file names it.
  struct Backend: Hashable, Sendable {
    var host: String
    var port: Int
    /// As nginx names it when it cannot be found.
    var name: String
    var line: Int
    /// Its address, found once, when the configuration is read (trap 5).
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

    /// What happens to a request for a path.
    func destination(_ path: String) -> Destination {
      NginxLocation.best(of: locations, for: path, by: \.place)?.destination
        ?? .answer(status: 404, body: "404 Not Found")
    }

    /// Whether requests for a name are for this server in particular.
    fileprivate func isNamed(_ host: String) -> Bool {
      names.contains { name in
        if name.hasPrefix("*.") { return host.hasSuffix(name.dropFirst()) }
        if name.hasPrefix(".") { return host == name.dropFirst() || host.hasSuffix(name) }
        return host == name
      }
    }
  }

  var servers: [Server] = []
  /// Every backend, in the file's order; all must be found.
  private(set) var backends: [Backend] = []

  init() {}

  /// Understands a file and finds its backends.
  init(
    _ bytes: [UInt8], path: String, isInsideHTTP: Bool,
    resolving address: (String) -> Int?
  ) throws(NginxConfiguration.Refusal) {
    let file = try NginxConfiguration(bytes, path: path)
    if !isInsideHTTP, let first = file.directives.first {
      throw NginxConfiguration.Refusal(
        text: "\"\(first.name)\" directive is not allowed here in \(path):\(first.line)")
    }
    var upstreams: [String: [Backend]] = [:]
    for block in file.directives where block.name == "upstream" {
      let name = block.words.dropFirst().first ?? ""
      if upstreams[name] != nil {
        throw NginxConfiguration.Refusal(
          text: "duplicate upstream \"\(name)\" in \(path):\(block.line)")
      }
      upstreams[name] = try block.all("server").map { server throws(NginxConfiguration.Refusal) in
        try found(server.words.dropFirst().first ?? "", server.line, path, address)
      }
    }
    for block in file.directives where block.name == "server" {
      servers.append(try server(block, upstreams, path, address))
    }
  }

  private mutating func found(
    _ name: String, _ line: Int, _ path: String, _ address: (String) -> Int?
  ) throws(NginxConfiguration.Refusal) -> Backend {
    let parts = name.split(separator: ":", maxSplits: 1)
    let host = parts.first.map(String.init) ?? ""
    let port = parts.dropFirst().first.flatMap { Int($0) } ?? 80
    guard let number = address(host) else {
      throw NginxConfiguration.Refusal(
        text: "host not found in upstream \"\(name)\" in \(path):\(line)")
    }
    let backend = Backend(host: host, port: port, name: name, line: line, address: number)
    backends.append(backend)
    return backend
  }

  private mutating func server(
    _ block: NginxConfiguration.Directive, _ upstreams: [String: [Backend]], _ file: String,
    _ address: (String) -> Int?
  ) throws(NginxConfiguration.Refusal) -> Server {
    var server = Server(
      names: block.serverNames, listens: NginxListen.all(of: block), locations: [])
    for location in block.all("location") {
      guard let place = NginxLocation(location),
        let destination = try destination(location, upstreams, file, address)
      else { continue }
      server.locations.append(Location(place: place, destination: destination))
    }
    return server
  }

  private mutating func destination(
    _ location: NginxConfiguration.Directive, _ upstreams: [String: [Backend]], _ file: String,
    _ address: (String) -> Int?
  ) throws(NginxConfiguration.Refusal) -> Destination? {
    if let answer = location.all("return").first {
      let status = answer.words.dropFirst().first.flatMap { Int($0) } ?? 200
      return .answer(status: status, body: answer.words.dropFirst(2).joined(separator: " "))
    }
    guard let pass = location.all("proxy_pass").first,
      let url = pass.words.dropFirst().first, url.hasPrefix("http://"), !url.contains("$")
    else { return nil }
    let authority = String(url.dropFirst(7).prefix { $0 != "/" })
    if let backends = upstreams[authority] { return .backends(backends) }
    let host = String(authority.prefix { $0 != ":" })
    guard address(host) != nil else {
      throw NginxConfiguration.Refusal(
        text: "host not found in upstream \"\(host)\" in \(file):\(pass.line)")
    }
    return .backends([try found(authority, pass.line, file, address)])
  }

  /// What happens to a request; `nil` if nothing listens there.
  func destination(of request: SimulatedRequest) -> Destination? {
    let there = servers.filter { server in server.listens.contains { $0.port == request.port } }
    let server =
      there.first { server in request.name.map(server.isNamed) ?? false }
      ?? there.first { server in
        server.listens.contains { $0.port == request.port && $0.isDefault }
      } ?? there.first
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
