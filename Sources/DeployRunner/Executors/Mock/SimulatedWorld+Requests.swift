public import DeployDSL

extension SimulatedWorld {
  /// What comes of a request.
  enum RequestOutcome: Hashable, Sendable {
    case answer(HTTPAnswer)
    /// Nobody listens there.
    case refused
    /// The engine's port proxy accepts, finds nobody behind it, and closes.
    case reset
    /// No answer until somebody gives up; nginx does after a minute.
    case hangs
    case unknownHost
  }

  /// Where a request is sent from.
  enum Origin: Hashable, Sendable {
    case host
    /// Inside the container at a position.
    case container(Int)
  }

  private static var localNames: Set<String> { ["127.0.0.1", "localhost", "0.0.0.0", "::1"] }

  /// What a GET gets now.
  mutating func request(
    host: String, port: Int, path: String, from origin: Origin = .host
  ) -> RequestOutcome {
    if Self.localNames.contains(host) {
      if case .container(let index) = origin { return outcome(at: index, port: port, path: path) }
      guard
        let index = containers.firstIndex(where: {
          $0.hasProcess && $0.service.publishedPort == port
        })
      else { return .refused }
      let inner = containers[index].service.port ?? port
      let outcome = outcome(at: index, port: inner, path: path)
      return outcome == .refused ? .reset : outcome
    }
    var asker: SimulatedService?
    if case .container(let index) = origin { asker = containers[index].service }
    guard let index = index(resolving: host, for: asker),
      origin != .host || containers[index].ip == host
    else { return .unknownHost }
    return outcome(at: index, port: port, path: path)
  }

  /// Whether a TCP connection can be opened now; a published port accepts as soon as its
  /// container runs, whether anybody listens inside or not.
  mutating func connects(host: String, port: Int, from origin: Origin = .host) -> RequestOutcome {
    let outcome = request(host: host, port: port, path: "/", from: origin)
    switch outcome {
    case .refused, .unknownHost: return outcome
    case .answer, .hangs, .reset: return .answer(HTTPAnswer(status: 200, body: ""))
    }
  }

  private mutating func outcome(at index: Int, port: Int, path: String) -> RequestOutcome {
    let container = containers[index]
    guard container.hasProcess else { return .refused }
    if container.state == .paused { return .hangs }
    guard container.service.name == application.proxy else {
      guard port == container.service.port, let answer = container.answer else { return .refused }
      return .answer(answer)
    }
    let accepting = nginx.accepting.filter { $0.site.destination(port: port, path: path) != nil }
    guard !accepting.isEmpty else { return .refused }
    // Two generations share the listening socket: a request may get either.
    nginx.requests += 1
    return outcome(of: accepting[nginx.requests % accepting.count], port: port, path: path)
  }

  private func outcome(
    of generation: SimulatedNginx.Generation, port: Int, path: String
  ) -> RequestOutcome {
    switch generation.site.destination(port: port, path: path) {
    case .none: return .refused
    case .answer(let status, let body): return .answer(HTTPAnswer(status: status, body: body))
    case .backends(let backends):
      for backend in backends {
        guard let container = container(of: backend) else { continue }
        if container.state == .paused { return .hangs }
        if let answer = container.answer, container.service.port == backend.port {
          return .answer(answer)
        }
      }
      return .answer(HTTPAnswer(status: 502, body: "<h1>502 Bad Gateway</h1>"))
    }
  }

  /// Who has the address that nginx remembers: another container, perhaps.
  private func container(of backend: NginxSite.Backend) -> SimulatedContainer? {
    containers.first { $0.hasProcess && $0.address == backend.address }
  }

  // MARK: What serves

  private var proxyPort: Int { services.first { $0.name == application.proxy }?.port ?? 80 }

  private var proxyRuns: Bool {
    containers.contains { $0.service.name == application.proxy && $0.state == .running }
  }

  /// Whether every worker that accepts requests gives a good answer.
  var isAnswering: Bool {
    let accepting = nginx.accepting
    return proxyRuns && !accepting.isEmpty
      && accepting.allSatisfy { generation in
        let outcome = outcome(of: generation, port: proxyPort, path: application.health)
        if case .answer(let answer) = outcome { return answer.status < 400 }
        return false
      }
  }

  /// The colour that a new request through the proxy gets, if its answer is below 400.
  public var serving: Color? {
    guard proxyRuns, let loaded = nginx.loaded, let container = servingContainer,
      case .answer(let answer) = outcome(of: loaded, port: proxyPort, path: application.health),
      answer.status < 400
    else { return nil }
    return Color.allCases.first { application.service($0) == container.service.name }
  }

  /// The container that a new request through the proxy reaches.
  var servingContainer: SimulatedContainer? {
    guard let loaded = nginx.loaded,
      case .backends(let backends) = loaded.site.destination(
        port: proxyPort, path: application.health)
    else { return nil }
    return backends.lazy.compactMap { container(of: $0) }.first
  }

  /// The colour that the configuration names which the proxy has loaded.
  public var loadedColor: Color? { nginx.loaded.flatMap { color(of: $0.site) } }

  /// The colour that the site file on the host names.
  public var fileColor: Color? {
    files.bytes(at: application.site.file).flatMap { color(ofSite: $0) }
  }

  /// The content of a file; `nil` if there is none. Relative paths begin at the project folder.
  public func file(_ path: String) -> String? {
    files.bytes(at: path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The newest container of a service; `nil` if it has none.
  public func container(of service: String) -> SimulatedContainer? {
    index(ofService: service).map { containers[$0] }
  }

  /// Whether a container of a service runs.
  public func isRunning(_ service: String) -> Bool {
    containers.contains { $0.service.name == service && $0.state == .running }
  }

  /// How many worker processes of earlier configurations still serve.
  public var oldWorkers: Int {
    nginx.generations.dropLast().reduce(0) { $0 + $1.workers.count }
  }
}
