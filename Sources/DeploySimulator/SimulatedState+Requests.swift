package import DeployDSL
import DeployRunner

extension SimulatedState {
  /// The result of a request.
  enum RequestOutcome: Hashable, Sendable {
    case answer(HTTPAnswer)
    /// No process listens there.
    case refused
    /// Docker's port proxy accepts, finds no listener behind it, and closes.
    case reset
    /// No answer until the client gives up; nginx does after a minute.
    case hangs
    case unknownHost
  }

  /// The origin of a request.
  enum Origin: Hashable, Sendable {
    case host
    /// Inside the container at a position.
    case container(Int)
  }

  private static let localNames: Set = ["127.0.0.1", "localhost", "0.0.0.0", "::1"]
  /// The machine's names inside its containers.
  private static let machineNames: Set = ["host.docker.internal", "172.17.0.1"]

  /// The current result of a GET.
  ///
  /// - Parameters:
  ///   - address: its address.
  ///   - name: the Host header's name, if it is not the address's own.
  ///   - origin: its origin.
  mutating func request(
    _ address: WebAddress, name: String? = nil, from origin: Origin = .host
  ) -> RequestOutcome {
    let host = address.host
    var request = SimulatedRequest(
      name: name ?? host, port: address.port, path: String(address.path.prefix { $0 != "?" }),
      isTLS: address.isTLS)
    if Self.localNames.contains(host) {
      if case .container(let index) = origin { return outcome(at: index, request) }
      guard let (index, port) = publisher(of: request.port) else { return .refused }
      request.port = port
      let outcome = outcome(at: index, request)
      return outcome == .refused ? .reset : outcome
    }
    var asker: SimulatedService?
    if case .container(let index) = origin { asker = containers[index].service }
    guard let index = index(resolving: host, for: asker),
      origin != .host || containers[index].ip == host
    else { return .unknownHost }
    return outcome(at: index, request)
  }

  /// The container behind a port of this machine, and the port inside it.
  private func publisher(of port: Int) -> (index: Int, port: Int)? {
    for (index, container) in containers.enumerated() where container.hasProcess {
      if container.service.isInHostNetwork, container.service.name == proxyName,
        nginx.loaded?.site.servers.contains(where: { $0.listens.contains { $0.port == port } })
          == true
      {
        return (index, port)
      }
      let published = container.service.publishedPorts.first { $0.outside == port }
      if let published { return (index, published.inside) }
    }
    return nil
  }

  /// Whether a TCP connection can be opened now; a published port accepts as soon as its container
  /// runs, even without a listener inside.
  mutating func connects(host: String, port: Int) -> RequestOutcome {
    let address = PublishedAddress(host, port)
    guard let place = WebAddress(address.url("/")) else { return .unknownHost }
    let outcome = request(place)
    switch outcome {
    case .refused, .unknownHost: return outcome
    case .answer, .hangs, .reset: return .answer(HTTPAnswer(status: 200, body: ""))
    }
  }

  private mutating func outcome(at index: Int, _ request: SimulatedRequest) -> RequestOutcome {
    let container = containers[index]
    guard container.hasProcess else { return .refused }
    if container.state == .paused { return .hangs }
    guard container.service.name == proxyName else {
      let service = container.service
      guard service.answers(on: request.port), !request.isTLS, let answer = container.answer
      else { return .refused }
      if let hosts = service.hosts, !hosts.contains(request.name ?? "") {
        return .answer(HTTPAnswer(status: 400, body: "<title>DisallowedHost</title>"))
      }
      return .answer(answer)
    }
    let accepting = nginx.accepting.filter { $0.site.destination(of: request) != nil }
    guard !accepting.isEmpty else { return .refused }
    // Two generations share the listening socket: a request may get either.
    nginx.requests += 1
    return outcome(of: accepting[nginx.requests % accepting.count], request)
  }

  private func outcome(
    of generation: SimulatedNginx.Generation, _ request: SimulatedRequest
  ) -> RequestOutcome { outcome(at: generation.site.destination(of: request)) }

  private func outcome(at destination: NginxSite.Destination?) -> RequestOutcome {
    switch destination {
    case .none: return .refused
    case .answer(let status, let body): return .answer(HTTPAnswer(status: status, body: body))
    case .backends(let backends):
      for backend in backends {
        for container in containers(of: backend) {
          if container.state == .paused { return .hangs }
          if let answer = container.answer,
            container.service.answers(on: backend.port) || isLocal(backend)
          {
            return .answer(answer)
          }
        }
      }
      return .answer(HTTPAnswer(status: 502, body: "<h1>502 Bad Gateway</h1>"))
    }
  }

  /// The containers at the addresses that nginx resolved, which may be other ones by now.
  private func containers(of backend: NginxSite.Backend) -> [SimulatedContainer] {
    if isLocal(backend) {
      return publisher(of: backend.port).map { [containers[$0.index]] } ?? []
    }
    if let addresses = backend.addresses {
      return addresses.compactMap { address in
        containers.first { $0.hasProcess && $0.address == address }
      }
    }
    let proxy = services.first { $0.name == proxyName }
    return indices(resolving: backend.host, for: proxy).map { containers[$0] }
  }

  /// Whether a backend is a port of the machine on which nginx runs.
  private func isLocal(_ backend: NginxSite.Backend) -> Bool { isMachine(backend.host) }

  /// Whether a name is the machine's own for the proxy.
  func isMachine(_ host: String) -> Bool {
    (isProxyInHostNetwork ? Self.localNames : Self.machineNames).contains(host)
  }

  // MARK: Active colour

  /// The request that a client of the application sends to the proxy.
  func clientRequest(by site: NginxSite) -> SimulatedRequest {
    let port = services.first { $0.name == proxyName }?.port ?? 80
    return site.request(application.health, orOn: port) {
      color(ofHost: $0.host, port: $0.port) != nil
    }
  }

  private var proxyRuns: Bool {
    containers.contains { $0.service.name == proxyName && $0.state == .running }
  }

  /// What clients see through the proxy.
  struct View: Sendable {
    /// See ``SimulatedState/serving``.
    var serving: Color?
    /// See ``SimulatedState/loadedColor``.
    var loaded: Color?
    /// Whether all workers that accept requests give a good answer.
    var isAnswering: Bool
  }

  /// What clients see now.
  var view: View {
    guard let loaded = nginx.loaded else {
      return View(serving: nil, loaded: nil, isAnswering: false)
    }
    let destination = destination(of: loaded)
    let (proxyRuns, accepting) = (proxyRuns, nginx.accepting)
    let isGood = proxyRuns && isGood(destination)
    return View(
      serving: isGood ? color(at: destination) : nil, loaded: color(of: destination),
      isAnswering: proxyRuns && !accepting.isEmpty
        && accepting.allSatisfy { generation in
          generation.number == loaded.number
            ? isGood : self.isGood(self.destination(of: generation))
        })
  }

  /// Where a client's request to some workers leads.
  private func destination(of generation: SimulatedNginx.Generation) -> NginxSite.Destination? {
    generation.site.destination(of: clientRequest(by: generation.site))
  }

  /// Whether a request gets an answer with a status below 400.
  private func isGood(_ destination: NginxSite.Destination?) -> Bool {
    if case .answer(let answer) = outcome(at: destination) { answer.status < 400 } else { false }
  }

  /// The first container behind a destination.
  private func container(at destination: NginxSite.Destination?) -> SimulatedContainer? {
    guard case .backends(let backends)? = destination else { return nil }
    return backends.firstValue { containers(of: $0).first }
  }

  private func color(at destination: NginxSite.Destination?) -> Color? {
    container(at: destination).flatMap { container in
      Color.allCases.first { application.serviceID($0) == container.service.id }
    }
  }

  /// The container reached by a new request through the proxy.
  var servingContainer: SimulatedContainer? {
    nginx.loaded.flatMap { container(at: destination(of: $0)) }
  }

  /// The colour that answers a new request through the proxy with a status below 400.
  package var serving: Color? { view.serving }

  /// The colour in the proxy's loaded configuration.
  package var loadedColor: Color? { nginx.loaded.flatMap { color(of: $0.site) } }

  /// The colour in the site file on the host.
  package var fileColor: Color? {
    files.bytes(at: application.site.file).flatMap { color(ofSite: $0) }
  }

  /// The content of a file; `nil` if it does not exist. Relative paths start at the project folder.
  public func file(_ path: String) -> String? {
    files.bytes(at: path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The newest container of a service; `nil` if it has none.
  package func container(of service: String) -> SimulatedContainer? {
    index(ofService: service).map { containers[$0] }
  }

  /// Whether a container of a service runs.
  package func isRunning(_ service: String) -> Bool {
    containers.contains { $0.service.isNamed(service) && $0.state == .running }
  }

  /// The number of worker processes of earlier configurations.
  package var oldWorkers: Int {
    nginx.generations.dropLast().reduce(0) { $0 + $1.workers.count }
  }
}
