import DeployDSL

/// What a health check probes, determined once: the kind of check, the route and the address.
struct HealthProbe {
  struct Answer: Sendable {
    var isGood: Bool
    var text: String
    /// A bad HTTP answer.
    var rejected: HTTPAnswer?
    /// Whether there was no program to probe with.
    var lacksTools = false
  }

  /// How far Docker's health status can be trusted.
  private enum Verdict {
    /// It belongs to this start of the container.
    case new
    /// It was there before, and may be as old as the check's interval.
    case old
  }

  private enum Kind {
    /// Docker's health status, or the same command, run sooner than Docker runs it.
    case docker(container: String, Container.HealthCheck?, verdict: Verdict)
    /// Whether the container keeps running: all that can be checked for a worker without a check.
    case running
    /// Whether a container accepts connections at its own address, if reachable from this machine.
    case listening(port: Int, PublishedAddress?)
    /// The first, or the second if there is no program for the first.
    indirect case either(Kind, Kind)
    case http(Get, HTTPExpectation)
    case httpThrough(ProxyEndpoint, path: String, HTTPExpectation)
    case tcp(PublishedAddress)
    case command(container: String, argv: [String])
  }

  /// An HTTP GET to the service.
  private struct Get {
    var url: String
    /// The container to send it from; `nil` for this machine.
    var container: String?
    /// The Host header from the plan.
    var host: String?
    /// The site's name, for an application that does not accept the URL's host.
    var siteName: String?
  }

  private let context: ActionContext
  private let timeout: Duration
  private let kind: Kind

  /// Determines the probe.
  ///
  /// - Parameter container: The service's container; `nil` in a dry run, which may not have one
  ///   yet.
  init(step: Health, service: ServiceID, container: Container?, _ context: ActionContext) throws {
    self.context = context
    timeout = step.probeTimeout
    let address = Address(service: service, container: container, context: context)
    let known = container ?? context.state.current.containers[service].main
    let docker = Kind.docker(
      container: address.containerName, known?.healthCheck,
      verdict: container?.health == "healthy" ? .old : .new)
    switch step.check.question {
    // A running task of a Swarm has passed it: what is left to ask is whether the proxy reaches it.
    case .automatic where container?.health != nil && context.application.swarm == nil:
      kind = docker
    // In a dry run there may be no container yet.
    case .automatic where container == nil && Self.willBeChecked(service, context): kind = docker
    case .automatic where context.application.isWorker(service):
      kind = try Self.ofWorker(service, step.route, address, context)
    case .automatic where Self.speaksOtherThanHTTP(service, context):
      let port = try address.containerPort()
      kind = .listening(port: port, address.published(port))
    case .automatic:
      kind = try Self.http(
        step.route, nil, context.application.health, HTTPExpectation(status: 200...399), address,
        host: step.host)
    case .http(let port, let path, let status, let body):
      kind = try Self.http(
        step.route, port, path ?? context.application.health,
        HTTPExpectation(status: status, body: body), address, host: step.host)
    case .tcp(let port): kind = try Self.tcp(port, address)
    case .command(let argv): kind = .command(container: address.containerName, argv: argv)
    case .docker:
      guard container == nil || container?.health != nil else {
        throw DeployError(
          .plan, "\(service) defines no health check that Docker could report",
          fix: "add healthcheck: to the service, or use Health(.target, .http(…))")
      }
      kind = docker
    }
  }

  /// The probe for a worker without a health check: HTTP if the site file sends requests to it;
  /// else whether it listens, if it has a port; else whether it keeps running.
  private static func ofWorker(
    _ service: ServiceID, _ route: Health.Route, _ address: Address, _ context: ActionContext
  ) throws -> Kind {
    let facts = context.state.current
    let site = facts.proxy?.siteServices.values.first { $0.names.contains(service) }
    guard let port = try? address.containerPort() else { return .running }
    guard site != nil, !speaksOtherThanHTTP(service, context) else {
      return .listening(port: port, address.published(port))
    }
    // Its paths are unknown: any answer of its own shows that it is up.
    return .either(
      try http(route, nil, "/", HTTPExpectation(status: 100...499), address),
      .listening(port: port, address.published(port)))
  }

  /// Whether nginx sends a service FastCGI, uwsgi, SCGI or gRPC, and no HTTP.
  private static func speaksOtherThanHTTP(_ service: ServiceID, _ context: ActionContext) -> Bool {
    context.state.current.proxy?.siteServices.values.contains {
      $0.otherThanHTTP.contains(service)
    } == true
  }

  /// Makes sure, before a service is started, that its port is known if a health check needs it.
  static func portIsKnown(
    for step: Health, of service: ServiceID, in context: ActionContext
  ) throws {
    switch step.check.question {
    case .automatic where willBeChecked(service, context): return
    case .automatic, .http(nil, _, _, _), .tcp(nil): break
    case .http, .tcp, .command, .docker: return
    }
    // Its image may define a health check: the other colour's container tells.
    let twin = context.application.counterpart(of: service)
    guard step.check.question != .automatic || twin.map({ willBeChecked($0, context) }) != true
    else { return }
    _ = try Address(service: service, container: nil, context: context).containerPort()
  }

  private static func willBeChecked(_ service: ServiceID, _ context: ActionContext) -> Bool {
    guard context.application.swarm == nil else { return false }
    let facts = context.state.current
    return facts.project?[service]?.hasHealthCheck == true
      || facts.containers[service].main?.healthCheck != nil
  }

  /// Probes through the proxy, as clients do.
  init(
    _ endpoint: ProxyEndpoint, _ path: String, _ expectation: HTTPExpectation, timeout: Duration,
    _ context: ActionContext
  ) {
    self.context = context
    self.timeout = timeout
    kind = .httpThrough(endpoint, path: path, expectation)
  }

  /// Docker's own health check, if that is the probe.
  var healthCheck: Container.HealthCheck? {
    if case .docker(_, let check, _) = kind { check } else { nil }
  }

  /// Whether each probe starts a process in the container.
  var isCommand: Bool {
    if case .command = kind { true } else { healthCheck != nil }
  }

  /// Whether inspecting the container gives the answer.
  var isAboutContainer: Bool {
    switch kind {
    case .docker, .running: true
    default: false
    }
  }

  /// - Parameter port: The port inside the container. Default: the application's own.
  private static func http(
    _ route: Health.Route, _ port: Int?, _ path: String, _ expectation: HTTPExpectation,
    _ address: Address, host: String? = nil
  ) throws -> Kind {
    let port = try port ?? address.containerPort()
    let published = address.published(port)
    let endpoint = address.context.state.current.proxy?.endpoint
    func get(_ url: String, from container: String? = nil) -> Kind {
      .http(
        Get(
          url: url, container: container, host: host, siteName: host == nil ? endpoint?.host : nil),
        expectation)
    }
    switch route {
    case .publishedPort: return get(try address.requirePublished(port).url(path))
    case .automatic:
      if let published { return get(published.url(path)) }
      fallthrough
    case .proxy:
      return get("http://\(address.host):\(port)\(path)", from: try address.proxyContainer())
    case .exec: return get("http://localhost:\(port)\(path)", from: address.containerName)
    }
  }

  /// The statuses with which frameworks answer a Host header that they do not accept: Django and
  /// Phoenix 400, Rails and ASP.NET 403 or 400, servers of several sites 404 or 421.
  private static let unknownHost: Set = [400, 403, 404, 421]

  /// Sends a GET; an application that does not accept the URL's host is asked by the site's name.
  private func answer(to get: Get, _ expectation: HTTPExpectation) async throws -> Answer {
    guard let first = try await send(get, as: get.host) else {
      if let name = get.siteName {
        context.note("after an answer 400, 403, 404 or 421: the same request with Host: \(name)")
      }
      return Answer(isGood: true, text: get.url)
    }
    let judged = expectation.judge(first, to: get.url)
    guard !judged.isGood, Self.unknownHost.contains(first.status), let name = get.siteName,
      let second = try await send(get, as: name)
    else { return judged }
    let path = WebAddress(get.url)?.path ?? "/"
    var named = expectation.judge(second, to: "http://\(name)\(path)")
    named.text =
      named.isGood
      ? "\(named.text) (Host: \(name))"
      : "\(judged.text), and with Host: \(name) \(named.text)"
    return named
  }

  private func send(_ get: Get, as host: String?) async throws -> HTTPAnswer? {
    guard let container = get.container else {
      return try await context.get(get.url, host: host, .verify, timeout: timeout)
    }
    return try await ContainerHTTPProbe(context: context, container: container, timeout: timeout)
      .get(get.url, host: host)
  }

  private static func tcp(_ port: Int?, _ address: Address) throws -> Kind {
    .tcp(try address.requirePublished(try port ?? address.containerPort()))
  }

  /// Probes once. Never throws: a missing answer is an answer too.
  func ask(_ container: Container?) async -> Answer { await ask(container, kind) }

  private func ask(_ container: Container?, _ kind: Kind) async -> Answer {
    do {
      switch kind {
      case .either(let first, let second):
        let answer = await ask(container, first)
        return answer.lacksTools ? await ask(container, second) : answer
      case .docker(let name, let check, let verdict):
        let isHealthy = container?.health == "healthy"
        if let check, !isHealthy || verdict == .old {
          var answer = try await run(
            check.argv, in: name, timeout: check.timeout, named: "its health check")
          if answer.isGood, !context.isDryRun { answer.text = "its health check passes" }
          return answer
        }
        guard let status = container?.health else {
          return Answer(isGood: false, text: "its health check")
        }
        return Answer(isGood: isHealthy, text: "Docker says \(status)")
      case .running: return Answer(isGood: true, text: "it keeps running")
      case .listening(let port, let published):
        return try await listens(on: port, published, container)
      case .http(let get, let expectation): return try await answer(to: get, expectation)
      case .httpThrough(let endpoint, let path, let expectation):
        guard let answer = try await endpoint.get(path, .verify, timeout: timeout, in: context)
        else { return Answer(isGood: true, text: "\(endpoint)") }
        let name = endpoint.host ?? "\(endpoint.address)"
        return expectation.judge(
          answer, to: (endpoint.isTLS ? "https://" : "http://") + name + path)
      case .tcp(let address):
        try await context.connect(host: address.host, port: address.port, timeout: timeout)
        return Answer(isGood: true, text: "\(address) accepts connections")
      case .command(let container, let argv):
        return try await run(argv, in: container, timeout: timeout, named: argv[0])
      }
    } catch {
      return Answer(
        isGood: false, text: "\(error)", lacksTools: error is ContainerHTTPProbe.WithoutTools)
    }
  }

  /// A published port accepts connections as soon as its container runs, so the container's own
  /// address is tried first; only a refused connection there is conclusive.
  private func listens(
    on port: Int, _ published: PublishedAddress?, _ container: Container?
  ) async throws -> Answer {
    let good = Answer(isGood: true, text: "it listens on port \(port)")
    if let host = container?.address {
      do {
        try await context.connect(host: host, port: port, timeout: min(timeout, .seconds(2)))
        return good
      } catch OperationError.refused {
        return Answer(isGood: false, text: "port \(port) refuses connections")
      } catch is OperationError {}
    }
    guard let published else {
      return Answer(isGood: true, text: "it keeps running, port \(port) is out of reach from here")
    }
    try await context.connect(host: published.host, port: published.port, timeout: timeout)
    return good
  }

  private func run(
    _ argv: [String], in container: String, timeout: Duration, named name: String
  ) async throws -> Answer {
    let program = ContainerProgram(argv: argv, container: container, context: context)
    guard let result = try await program.ask(timeout: timeout) else {
      return Answer(isGood: true, text: name)
    }
    let last = (result.errors.isEmpty ? result.output : result.errors).lastLine
    return Answer(
      isGood: result.succeeded,
      text: name
        + (result.succeeded ? " succeeded" : " failed with exit code \(result.status)")
        + (last.isEmpty ? "" : " (\(last))"))
  }
}

/// Which HTTP answers are good.
struct HTTPExpectation: Sendable {
  var status: ClosedRange<Int>
  var body: String?

  /// - Parameter url: The requested URL.
  func judge(_ answer: HTTPAnswer, to url: String) -> HealthProbe.Answer {
    guard status.contains(answer.status) else {
      return HealthProbe.Answer(
        isGood: false, text: "HTTP \(answer.status)", rejected: answer)
    }
    // If a redirect is expected, any location is good.
    if status.lowerBound < 300, (300..<400).contains(answer.status),
      let location = answer.location, Self.leads(location, backTo: url)
    {
      return HealthProbe.Answer(
        isGood: false,
        text: "HTTP \(answer.status) back to \(location): clients are redirected "
          + "in a loop")
    }
    if let body, !answer.body.contains(body) {
      return HealthProbe.Answer(
        isGood: false, text: "HTTP \(answer.status) without \"\(body)\" in the body",
        rejected: answer)
    }
    return HealthProbe.Answer(isGood: true, text: "HTTP \(answer.status)")
  }

  /// Whether a redirect leads back to the requested URL.
  private static func leads(_ location: String, backTo url: String) -> Bool {
    let asked = parts(of: url)
    let target = location.prefix { $0 != "#" }
    if target.contains("://") { return parts(of: target) == asked }
    if target.hasPrefix("//") { return false }
    if target.hasPrefix("/") { return String(target) == asked.path }
    let folder = asked.path.prefix { $0 != "?" }.lastIndex(of: "/").map { asked.path[...$0] }
    return (folder ?? "/") + target == asked.path
  }

  /// The server and the path of a URL, without a default port.
  private static func parts(of url: some StringProtocol) -> (server: String, path: String) {
    let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
    let authority = url[start...].prefix { $0 != "/" && $0 != "?" }
    let path = url[authority.endIndex...]
    var server = url[..<authority.endIndex].lowercased()
    for (scheme, port) in [("http:", ":80"), ("https:", ":443")]
    where server.hasPrefix(scheme) && server.hasSuffix(port) {
      server.removeLast(port.count)
    }
    return (server, path.hasPrefix("/") ? String(path) : "/" + path)
  }
}
