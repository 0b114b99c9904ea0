/// The gate: waits until a role's service is healthy, and fails when it is not in time.
///
/// The first probe is sent at once, and more finely than `every` while the service boots; the
/// step ends early when the container has exited or is restarting.
public struct Health: ActionStep, Hashable {
  /// What is asked.
  public enum Check: Hashable, Sendable, Encodable {
    /// Docker's health status where the service defines one, else a GET of the plan's path.
    case automatic
    /// An HTTP GET; `nil` as path is the plan's.
    case http(path: String?, status: ClosedRange<Int>, body: String?)
    /// A TCP connection to a port inside the container; `nil` is the plan's.
    case tcp(port: Int?)
    /// A command inside the container that ends with 0.
    case command([String])
    /// Docker's own health status.
    case docker

    /// An HTTP GET.
    ///
    /// - Parameters:
    ///   - path: the path. Default: the plan's health path.
    ///   - status: the accepted status codes. Default: any below 400.
    ///   - body: a text that the body must contain. Default: any.
    public static func http(
      _ path: String? = nil, status: ClosedRange<Int> = 200...399, body: String? = nil
    ) -> Check { .http(path: path, status: status, body: body) }

    /// An HTTP GET that must answer with exactly one status.
    ///
    /// - Parameters:
    ///   - path: the path. Default: the plan's health path.
    ///   - status: the only accepted status code.
    ///   - body: a text that the body must contain. Default: any.
    public static func http(_ path: String? = nil, status: Int, body: String? = nil) -> Check {
      .http(path: path, status: status...status, body: body)
    }

    /// A TCP connection to the plan's port.
    public static var tcp: Check { .tcp(port: nil) }

    /// A command inside the container that ends with 0; argv, no shell.
    public static func command(_ argv: String...) -> Check { .command(argv) }
  }

  /// Where the question is asked from.
  public enum Route: String, Hashable, Sendable, Encodable {
    /// The published port if there is one, else from the proxy.
    case automatic
    /// From this machine, through the port that Docker publishes.
    case publishedPort
    /// From inside the proxy's container, by the service's name: the way that requests go.
    case proxy
    /// From inside the service's own container, by `localhost`.
    case exec
  }

  /// Whose health.
  public var role: Role
  /// What is asked.
  public var check: Check
  /// Where it is asked from.
  public var route: Route
  /// How many attempts, `every` apart.
  public var retries: Int
  /// The time between two attempts.
  public var every: Duration
  /// How long one probe may take.
  public var probeTimeout: Duration
  /// How many good answers in a row are needed.
  public var successes: Int

  /// Waits until a role's service is healthy.
  ///
  /// - Parameters:
  ///   - role: whose health. Default: the target's.
  ///   - check: what is asked. Default: Docker's health status where the service defines one, else
  ///     an HTTP GET of the plan's health path, any status below 400.
  ///   - route: where it is asked from. Default: the published port, else from the proxy.
  ///   - retries: the number of attempts. Default: 15.
  ///   - every: the time between two attempts; seconds if a number. Default: 2 seconds.
  ///   - probeTimeout: how long one probe may take; seconds if a number. Default: 5 seconds.
  ///   - successes: how many good answers in a row are needed. Default: 1. With more than one,
  ///     they are asked for `every` apart.
  public init(
    _ role: Role = .target, _ check: Check = .automatic, via route: Route = .automatic,
    retries: Int = 15, every: any TimeSpan = 2, probeTimeout: any TimeSpan = 5, successes: Int = 1
  ) {
    self.role = role
    self.check = check
    self.route = route
    self.retries = retries
    self.every = every.duration
    self.probeTimeout = probeTimeout.duration
    self.successes = successes
  }

  /// Waits until an HTTP GET of a path answers the target's health.
  ///
  /// - Parameters:
  ///   - path: the path; any status below 400 is good.
  ///   - route: where it is asked from. Default: the published port, else from the proxy.
  ///   - retries: the number of attempts. Default: 15.
  ///   - every: the time between two attempts; seconds if a number. Default: 2 seconds.
  ///   - probeTimeout: how long one probe may take; seconds if a number. Default: 5 seconds.
  ///   - successes: how many good answers in a row are needed. Default: 1.
  public init(
    _ path: String, via route: Route = .automatic,
    retries: Int = 15, every: any TimeSpan = 2, probeTimeout: any TimeSpan = 5, successes: Int = 1
  ) {
    self.init(
      .target, .http(path), via: route, retries: retries, every: every,
      probeTimeout: probeTimeout, successes: successes)
  }

  /// `health`.
  public var action: Action { .health(self) }
}
