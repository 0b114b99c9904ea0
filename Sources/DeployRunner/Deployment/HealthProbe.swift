import DeployDSL

/// What a health check probes, determined once: the kind of check, the route and the address.
struct HealthProbe {
  struct Answer: Sendable {
    var isGood: Bool
    var text: String
    /// The start of a bad answer's body.
    var body: [String] = []
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
    case http(url: String, HTTPExpectation)
    case httpThrough(ProxyEndpoint, path: String, HTTPExpectation)
    /// From inside a container.
    case httpInside(container: String, url: String, HTTPExpectation)
    case tcp(PublishedAddress)
    case command(container: String, argv: [String])
  }

  private let context: ActionContext
  private let timeout: Duration
  private let kind: Kind

  /// Determines the probe.
  ///
  /// - Parameter container: The service's container; `nil` in a dry run, which may not have one
  ///   yet.
  init(step: Health, service: String, container: Container?, _ context: ActionContext) throws {
    self.context = context
    timeout = step.probeTimeout
    let address = Address(service: service, container: container, context: context)
    let known = container ?? context.state.current.containers[service]
    let docker = Kind.docker(
      container: address.containerName, known?.healthCheck,
      verdict: container?.health == "healthy" ? .old : .new)
    switch step.check.question {
    case .automatic where container?.health != nil: kind = docker
    // In a dry run there may be no container yet.
    case .automatic where container == nil && Self.willBeChecked(service, context): kind = docker
    case .automatic where context.application.isCompanion(service):
      kind = try Self.ofWorker(service, step.route, address, context)
    case .automatic:
      kind = try Self.http(
        step.route, context.application.health, HTTPExpectation(status: 200...399), address)
    case .http(let path, let status, let body):
      kind = try Self.http(
        step.route, path ?? context.application.health,
        HTTPExpectation(status: status, body: body), address)
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
    _ service: String, _ route: Health.Route, _ address: Address, _ context: ActionContext
  ) throws -> Kind {
    let facts = context.state.current
    let site = facts.proxy?.siteServices.values.first { $0.names.contains(service) }
    guard let port = try? address.containerPort() else { return .running }
    guard let site, !site.speaksOtherThanHTTP else {
      return .listening(port: port, address.published(port))
    }
    // Its paths are unknown: any answer of its own shows that it is up.
    return .either(
      try http(route, "/", HTTPExpectation(status: 100...499), address),
      .listening(port: port, address.published(port)))
  }

  private static func willBeChecked(_ service: String, _ context: ActionContext) -> Bool {
    let facts = context.state.current
    return facts.project?.services[service]?.hasHealthCheck == true
      || facts.containers[service]?.healthCheck != nil
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

  private static func http(
    _ route: Health.Route, _ path: String, _ expectation: HTTPExpectation, _ address: Address
  ) throws -> Kind {
    let port = try address.containerPort()
    let published = address.published(port)
    switch route {
    case .publishedPort:
      return .http(url: try address.requirePublished(port).url(path), expectation)
    case .automatic:
      if let published { return .http(url: published.url(path), expectation) }
      fallthrough
    case .proxy:
      return .httpInside(
        container: try address.proxyContainer(),
        url: "http://\(address.service):\(port)\(path)", expectation)
    case .exec:
      return .httpInside(
        container: address.containerName, url: "http://localhost:\(port)\(path)", expectation)
    }
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
      case .http(let url, let expectation):
        guard let answer = try await context.get(url, .verify, timeout: timeout) else {
          return Answer(isGood: true, text: url)
        }
        return expectation.judge(answer, to: url)
      case .httpThrough(let endpoint, let path, let expectation):
        guard let answer = try await endpoint.get(path, .verify, timeout: timeout, in: context)
        else { return Answer(isGood: true, text: "\(endpoint)") }
        let name = endpoint.host ?? "\(endpoint.address)"
        return expectation.judge(
          answer, to: (endpoint.isTLS ? "https://" : "http://") + name + path)
      case .httpInside(let container, let url, let expectation):
        let inside = ContainerHTTPProbe(context: context, container: container, timeout: timeout)
        guard let answer = try await inside.get(url) else { return Answer(isGood: true, text: url) }
        return expectation.judge(answer, to: url)
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
      text: "\(name) ended with \(result.status)" + (last.isEmpty ? "" : " (\(last))"))
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
        isGood: false, text: "HTTP \(answer.status)", body: answer.beginning)
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
        body: answer.beginning)
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

extension HTTPAnswer {
  /// The first lines of the body, for an error.
  var beginning: [String] {
    let lines = body.split(whereSeparator: \.isNewline)
      .filter { !$0.allSatisfy(\.isWhitespace) }.prefix(5)
      .map { String($0.prefix(500)).escaped }
    return lines.isEmpty ? [] : ["HTTP \(status) came with:"] + lines
  }
}
