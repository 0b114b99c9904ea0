/// The health check: waits until a role's service is healthy, and fails if it is not healthy in
/// time.
///
/// It sends the first probe at once, and probes more often than `every` while the service boots; it
/// fails early if the container has exited or is restarting.
///
/// If the image or Compose file defines a `HEALTHCHECK`, its command is run in the container at
/// this interval instead of Docker's; Docker's status counts as well, once it is known. Its
/// `start_period` counts as boot time, before the first of the attempts.
public struct Health: BuiltInStep, Codable {
  /// The kind of check.
  public struct Check: Hashable, Sendable, Codable {
    package enum Question: Hashable, Sendable, Codable {
      case automatic
      /// A `nil` port or path is the plan's.
      case http(
        port: Int? = nil, path: String?, status: ClosedRange<Int>, body: String? = nil)
      /// `nil` is the plan's port.
      case tcp(port: Int?)
      case command([String])
      case docker
    }

    package let question: Question

    package init(_ question: Question) { self.question = question }

    /// Docker's health check where the service has one, else a GET of the plan's path.
    public static var automatic: Check { Check(.automatic) }

    /// Docker's health check.
    public static var docker: Check { Check(.docker) }

    /// An HTTP GET.
    ///
    /// - Parameters:
    ///   - port: the port inside the container, for example a management port; it need not be
    ///     published, and nginx need not reach it. Default: the plan's port.
    ///   - path: the path. Default: the plan's health path.
    ///   - status: the accepted status codes. Default: any below 400.
    ///   - body: a text that the body must contain. Default: any.
    public static func http(
      port: Int? = nil, _ path: String? = nil, status: ClosedRange<Int> = 200...399,
      body: String? = nil
    ) -> Check { Check(.http(port: port, path: path, status: status, body: body)) }

    /// An HTTP GET that must answer with exactly one status.
    ///
    /// - Parameters:
    ///   - port: the port inside the container. Default: the plan's port.
    ///   - path: the path. Default: the plan's health path.
    ///   - status: the only accepted status code.
    ///   - body: a text that the body must contain. Default: any.
    public static func http(
      port: Int? = nil, _ path: String? = nil, status: Int, body: String? = nil
    ) -> Check { .http(port: port, path, status: status...status, body: body) }

    /// A TCP connection to the plan's port.
    public static var tcp: Check { Check(.tcp(port: nil)) }

    /// A TCP connection to a port inside the container.
    public static func tcp(port: Int) -> Check { Check(.tcp(port: port)) }

    /// A command inside the container that ends with 0; argv, no shell.
    public static func command(_ argv: String...) -> Check { Check(.command(argv)) }
  }

  /// The route of a probe.
  public enum Route: String, Hashable, Sendable, Codable {
    /// The published port if there is one, else from the proxy.
    case automatic
    /// From this machine, through the port that Docker publishes.
    case publishedPort
    /// From inside the proxy's container, by the service's name: the route of client requests.
    case proxy
    /// From inside the service's own container, by `localhost`.
    case exec
  }

  /// The role of the service.
  package var role: Role
  /// The kind of check.
  package var check: Check
  /// The Host header of an HTTP probe; `nil` is the address that is asked.
  package var host: String?
  /// The route of the probe.
  package var route: Route
  /// The number of attempts, `every` apart.
  package var retries: Int
  /// The time between two attempts.
  package var every: Duration
  /// How long one probe may take.
  package var probeTimeout: Duration
  /// The number of consecutive good answers needed.
  package var successes: Int

  /// Waits until a role's service is healthy.
  ///
  /// - Parameters:
  ///   - role: the role of the service. Default: the target.
  ///   - check: the kind of check. Default: Docker's health check where the service has one, else
  ///     an HTTP GET of the plan's health path, any status below 400.
  ///   - host: the Host header of an HTTP probe. Default: the address that is asked; if the
  ///     application answers that with 400, 403, 404 or 421, as frameworks answer a host that they
  ///     do not know, it is asked again with the site's `server_name`.
  ///   - route: the route of the probe. Default: the published port, else from the proxy.
  ///   - retries: the number of attempts. Default: 15.
  ///   - every: the time between two attempts; a number is in seconds. Default: 2 seconds.
  ///   - probeTimeout: how long one probe may take; a number is in seconds. Default: 5 seconds.
  ///   - successes: the number of consecutive good answers needed. Default: 1. If more than one,
  ///     the probes are `every` apart.
  public init(
    _ role: Role = .target, _ check: Check = .automatic, host: String? = nil,
    via route: Route = .automatic, retries: Int = 15, every: TimeSpan = 2,
    probeTimeout: TimeSpan = 5, successes: Int = 1
  ) {
    self.role = role
    self.check = check
    self.host = host
    self.route = route
    self.retries = retries
    self.every = every.duration
    self.probeTimeout = probeTimeout.duration
    self.successes = successes
  }

  /// Waits until the target passes a check.
  ///
  /// - Parameters:
  ///   - check: the kind of check.
  ///   - host: the Host header of an HTTP probe. Default: as for the other initializers.
  ///   - route: the route of the probe. Default: the published port, else from the proxy.
  ///   - retries: the number of attempts. Default: 15.
  ///   - every: the time between two attempts; a number is in seconds. Default: 2 seconds.
  ///   - probeTimeout: how long one probe may take; a number is in seconds. Default: 5 seconds.
  ///   - successes: the number of consecutive good answers needed. Default: 1.
  public init(
    _ check: Check, host: String? = nil, via route: Route = .automatic,
    retries: Int = 15, every: TimeSpan = 2, probeTimeout: TimeSpan = 5, successes: Int = 1
  ) {
    self.init(
      .target, check, host: host, via: route, retries: retries, every: every,
      probeTimeout: probeTimeout, successes: successes)
  }

  /// Waits until an HTTP GET of a path answers the target's health.
  ///
  /// - Parameters:
  ///   - path: the path; any status below 400 is good.
  ///   - host: the Host header. Default: the address that is asked; if the application answers that
  ///     with 400, 403, 404 or 421, it is asked again with the site's `server_name`.
  ///   - route: the route of the probe. Default: the published port, else from the proxy.
  ///   - retries: the number of attempts. Default: 15.
  ///   - every: the time between two attempts; a number is in seconds. Default: 2 seconds.
  ///   - probeTimeout: how long one probe may take; a number is in seconds. Default: 5 seconds.
  ///   - successes: the number of consecutive good answers needed. Default: 1.
  public init(
    _ path: String, host: String? = nil, via route: Route = .automatic,
    retries: Int = 15, every: TimeSpan = 2, probeTimeout: TimeSpan = 5, successes: Int = 1
  ) {
    self.init(
      .target, .http(path), host: host, via: route, retries: retries, every: every,
      probeTimeout: probeTimeout, successes: successes)
  }
}

extension Health {
  package var kind: String { "health" }
  package var title: String { role == .target ? "Health" : "Health \(role.rawValue)" }
  package var particulars: [String: String] {
    [
      "role": role.rawValue, "check": check.summary, "host": host, "route": route.rawValue,
      "retries": "\(retries)", "every": every.forPeople,
      "probeTimeout": probeTimeout.forPeople, "successes": "\(successes)",
    ].compactMapValues(\.self)
  }
  package func highlights(in application: Application) -> [String] {
    [check.text(in: application)] + (successes > 1 ? ["\(successes) in a row"] : [])
      + ["≤ \(retries) × \(every.forPeople)"]
  }
  package var neededRole: Role? { role }
  package var traits: StepTraits { role == .target ? .reliedOn : [] }
  package var effect: StepEffect? { .gates(role) }
  package var texts: [String] { if case .command(let argv) = check.question { argv } else { [] } }

  package func issues(at node: Node, in graph: StepGraph) -> [ValidationIssue?] {
    var issues = [
      ValidationIssue.ofRetries(
        retries, atLeast: 1, "Health with \(retries) retries never probes"),
      ValidationIssue.unlessPositive(every, "Health's every"),
      ValidationIssue.unlessPositive(probeTimeout, "Health's probeTimeout"),
    ]
    if successes < 1 || (retries > 0 && successes > retries) {
      issues.append(
        ValidationIssue(
          "Health cannot have \(successes) successes in \(retries) attempts",
          fix: "give 1 or more, and no more than retries"))
    }
    switch check.question {
    case .http(let port, let path, let status, _):
      issues += ValidationIssue.ofHTTP(path, status) + [port.flatMap(ValidationIssue.ofPort)]
    case .tcp(let port?): issues.append(ValidationIssue.ofPort(port))
    case .command(let argv): issues += ValidationIssue.ofArgv(argv, "the health command")
    default: break
    }
    return issues + [routeIssue, hostIssue]
  }

  private var hostIssue: ValidationIssue? {
    guard let host else { return nil }
    switch check.question {
    case .automatic, .http: return ValidationIssue.ofHost(host)
    case .tcp, .command, .docker:
      return ValidationIssue(
        "only an HTTP check sends a Host header", fix: "leave out host:, or use .http(…)")
    }
  }

  private var routeIssue: ValidationIssue? {
    switch (check.question, route) {
    case (.tcp, .exec), (.tcp, .proxy):
      ValidationIssue(
        "a TCP check cannot go by .\(route.rawValue)",
        fix: "use .publishedPort, or a .command check")
    case (.docker, .exec), (.docker, .proxy), (.docker, .publishedPort):
      ValidationIssue(
        "Docker's own health status does not go by .\(route.rawValue)", fix: "leave out via:")
    case (.command, .proxy), (.command, .publishedPort):
      ValidationIssue(
        "a command check runs in the container, it does not go by .\(route.rawValue)",
        fix: "leave out via:")
    default: nil
    }
  }

  package func checkOrder(_ check: inout OrderCheck, _ node: Node, _ facts: OrderFacts) {
    check.checkContainer(node, facts, "checks the target")
  }
}

extension Health.Check {
  /// The same for people, with what it takes from the plan, and without what is usual.
  func text(in application: Application) -> String {
    switch question {
    case .automatic: return "Docker's check or GET \(application.health)"
    case .http(let port, let path, let status, let body):
      let range =
        status.count == 1 ? "\(status.lowerBound)" : "\(status.lowerBound)-\(status.upperBound)"
      let place = (port.map { ":\($0)" } ?? "") + (path ?? application.health)
      return "GET " + place + (status == 200...399 ? "" : " → \(range)")
        + (body.map { $0.isEmpty ? "" : " with \"\($0)\"" } ?? "")
    case .tcp(let port): return "TCP" + ((port ?? application.port).map { " :\($0)" } ?? "")
    case .command(let argv): return argv.joined(separator: " ")
    case .docker: return "Docker's check"
    }
  }

  /// The check in a few words.
  package var summary: String {
    switch question {
    case .automatic: "automatic"
    case .http(let port, let path, let status, let body):
      "GET \(path ?? "(plan's path)") \(port.map { "on port \($0) " } ?? "")"
        + "\(status.lowerBound)-\(status.upperBound)"
        + (body.map { " containing \"\($0)\"" } ?? "")
    case .tcp(let port): "TCP \(port.map(String.init) ?? "(plan's port)")"
    case .command(let argv): "command \(argv.joined(separator: " "))"
    case .docker: "Docker's health status"
    }
  }
}
