import DeployDSL

/// What a gate asks, worked out once: the kind of check, the way and the address.
struct HealthQuestion {
  struct Answer: Sendable {
    var isGood: Bool
    var text: String
  }

  /// What Docker's verdict is worth.
  private enum Verdict {
    /// It can only be about this life of the container.
    case new
    /// It was there before, and may be as old as the check's interval.
    case old
  }

  private enum Kind {
    /// Docker's verdict, or the same command, run sooner than Docker runs it.
    case docker(container: String, Container.HealthCheck?, verdict: Verdict)
    /// Whether its container keeps running: all that there is to ask a companion without a check.
    case running
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

  /// Works the question out.
  ///
  /// - Parameter container: the service's container; `nil` in a dry run, where there is none yet.
  init(step: Health, service: String, container: Container?, _ context: ActionContext) throws {
    self.context = context
    timeout = step.probeTimeout
    let address = Address(service: service, container: container, context: context)
    let known = container ?? context.ledger.current.containers[service]
    let docker = Kind.docker(
      container: address.containerName, known?.healthCheck,
      verdict: container?.health == "healthy" ? .old : .new)
    switch step.check {
    case .automatic where container?.health != nil: kind = docker
    // In a dry run there may be none yet that could tell.
    case .automatic where container == nil && Self.willBeChecked(service, context): kind = docker
    case .automatic where context.application.isCompanion(service): kind = .running
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
        throw StepFailure(
          .plan, "\(service) defines no health check that Docker could report",
          fix: "add healthcheck: to the service, or use Health(.target, .http(…))")
      }
      kind = docker
    }
  }

  private static func willBeChecked(_ service: String, _ context: ActionContext) -> Bool {
    let facts = context.ledger.current
    return facts.project?.services[service]?.hasHealthCheck == true
      || facts.containers[service]?.healthCheck != nil
  }

  /// Asks through the proxy, as clients do.
  init(
    _ endpoint: ProxyEndpoint, _ path: String, _ expectation: HTTPExpectation, timeout: Duration,
    _ context: ActionContext
  ) {
    self.context = context
    self.timeout = timeout
    kind = .httpThrough(endpoint, path: path, expectation)
  }

  /// Docker's own health check, if that is what is asked.
  var healthCheck: Container.HealthCheck? {
    if case .docker(_, let check, _) = kind { check } else { nil }
  }

  /// Whether each look starts a process in the container.
  var isCommand: Bool {
    if case .command = kind { true } else { healthCheck != nil }
  }

  /// Whether the answer is in what Docker says about the container.
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

  /// Asks once. Never throws: not getting an answer is one.
  func ask(_ container: Container?) async -> Answer {
    do {
      switch kind {
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
      case .http(let url, let expectation):
        guard let answer = try await context.get(url, .await, timeout: timeout) else {
          return Answer(isGood: true, text: url)
        }
        return expectation.judge(answer)
      case .httpThrough(let endpoint, let path, let expectation):
        guard let answer = try await endpoint.get(path, .await, timeout: timeout, in: context)
        else { return Answer(isGood: true, text: "\(endpoint)") }
        return expectation.judge(answer)
      case .httpInside(let container, let url, let expectation):
        let inside = HTTPInside(context: context, container: container, timeout: timeout)
        guard let answer = try await inside.get(url) else { return Answer(isGood: true, text: url) }
        return expectation.judge(answer)
      case .tcp(let address):
        try await context.connect(host: address.host, port: address.port, timeout: timeout)
        return Answer(isGood: true, text: "\(address) accepts connections")
      case .command(let container, let argv):
        return try await run(argv, in: container, timeout: timeout, named: argv[0])
      }
    } catch {
      return Answer(isGood: false, text: "\(error)")
    }
  }

  private func run(
    _ argv: [String], in container: String, timeout: Duration, named name: String
  ) async throws -> Answer {
    let command = context.docker.exec(container, argv)
    let reply = try await context.perform(.command(command), .await, timeout: timeout)
    guard case .command(let result) = reply else { return Answer(isGood: true, text: name) }
    let last = (result.errors.isEmpty ? result.output : result.errors).lastLine
    return Answer(
      isGood: result.succeeded,
      text: "\(name) ended with \(result.status)" + (last.isEmpty ? "" : " (\(last))"))
  }
}

/// What makes an HTTP answer good.
struct HTTPExpectation: Sendable {
  var status: ClosedRange<Int>
  var body: String?

  func judge(_ answer: HTTPAnswer) -> HealthQuestion.Answer {
    guard status.contains(answer.status) else {
      return HealthQuestion.Answer(isGood: false, text: "HTTP \(answer.status)")
    }
    if let body, !answer.body.contains(body) {
      return HealthQuestion.Answer(
        isGood: false, text: "HTTP \(answer.status) without \"\(body)\" in the body")
    }
    return HealthQuestion.Answer(isGood: true, text: "HTTP \(answer.status)")
  }
}
