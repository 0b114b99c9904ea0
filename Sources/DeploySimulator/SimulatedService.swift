import DeployRunner

/// A service of the simulated Compose file: what its containers are made from.
public struct SimulatedService: Hashable, Sendable {
  /// The name.
  package var name: String
  /// The image as the Compose file names it; `${NAME:-default}` is replaced as Compose does.
  public var image: String
  /// The port inside the container. Default: none.
  package var port: Int?
  /// The port on 127.0.0.1 that leads to it. Default: none.
  package var publishedPort: Int?
  /// Further ports inside the container, and the ports on 127.0.0.1 that lead to them.
  /// Default: none.
  package var otherPorts: [Int: Int] = [:]
  /// The restart policy. Default: `unless-stopped`.
  public var restart: Restart
  /// Docker's own health check. Default: none.
  public var healthcheck: Healthcheck?
  /// How its application behaves once the container has started. Default: healthy.
  public var behavior: Behavior
  /// From the container's start until the application listens. Default: 2 seconds.
  public var bootTime: Duration
  /// From SIGTERM until the container has ended; SIGKILL ends it when the grace is over.
  /// Default: 100 milliseconds.
  public var stopTime: Duration
  /// The container's name. Default: `PROJECT-SERVICE-1`.
  package var containerName: String?
  /// The networks that it is attached to, by their full names. Default: `PROJECT_default`.
  package var networks: [String]?
  /// Whether `build` has something to build. Default: no.
  package var hasBuild: Bool

  /// Its `stop_grace_period` in the Compose file. Default: none.
  package var stopGracePeriod: Duration?
  /// Its profiles in the Compose file: with any it is only started by name. Default: none.
  package var profiles: [String] = []
  /// The programs of its image that can ask for a URL. Default: curl and wget.
  package var tools: Set<String> = ["curl", "wget"]

  /// Describes a service.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - image: the image as the Compose file names it.
  ///   - port: the port inside the container. Default: none.
  ///   - publishedPort: the port on 127.0.0.1 that leads to it. Default: none.
  ///   - restart: the restart policy. Default: `unless-stopped`.
  ///   - healthcheck: Docker's own health check. Default: none.
  ///   - behavior: how its application behaves. Default: healthy.
  ///   - bootTime: from the container's start until the application listens. Default: 2 seconds.
  ///   - stopTime: from SIGTERM until the container has ended. Default: 100 milliseconds.
  ///   - containerName: the container's name. Default: `PROJECT-SERVICE-1`.
  ///   - networks: the networks that it is attached to. Default: `PROJECT_default`.
  ///   - hasBuild: whether `build` has something to build. Default: no.
  package init(
    _ name: String, image: String, port: Int? = nil, publishedPort: Int? = nil,
    restart: Restart = .unlessStopped, healthcheck: Healthcheck? = nil,
    behavior: Behavior = .healthy, bootTime: Duration = .seconds(2),
    stopTime: Duration = .milliseconds(100), containerName: String? = nil,
    networks: [String]? = nil, hasBuild: Bool = false
  ) {
    self.name = name
    self.image = image
    self.port = port
    self.publishedPort = publishedPort
    self.restart = restart
    self.healthcheck = healthcheck
    self.behavior = behavior
    self.bootTime = bootTime
    self.stopTime = stopTime
    self.containerName = containerName
    self.networks = networks
    self.hasBuild = hasBuild
  }

  /// Every port that can be reached on 127.0.0.1, lowest first.
  var publishedPorts: [(inside: Int, outside: Int)] {
    let first = port.flatMap { inside in publishedPort.map { (inside, $0) } }
    let all = otherPorts.map { ($0.key, $0.value) } + [first].compactMap(\.self)
    return all.sorted { $0.0 < $1.0 }
  }

  /// What the engine does with a container that ended by itself.
  public enum Restart: String, Hashable, Sendable {
    /// Leaves it.
    case no
    /// Starts it again.
    case always
    /// Starts it again if its exit code was not 0.
    case onFailure = "on-failure"
    /// Starts it again unless a person stopped it.
    case unlessStopped = "unless-stopped"
  }

  /// A health check of Docker's own: the first probe comes after one whole interval.
  public struct Healthcheck: Hashable, Sendable {
    /// The time between two probes. Default: 30 seconds, as Docker's.
    package var interval: Duration
    /// How many bad answers in a row make it unhealthy. Default: 3.
    package var retries: Int
    /// From the container's start: bad answers within it do not count. Default: 0, as Docker's.
    package var startPeriod: Duration
    /// Whether the image has it and the Compose file says nothing of it. Default: no.
    package var isInImage: Bool

    /// Describes a health check.
    public init(
      interval: Duration = .seconds(30), retries: Int = 3, startPeriod: Duration = .zero,
      isInImage: Bool = false
    ) {
      self.interval = interval
      self.retries = retries
      self.startPeriod = startPeriod
      self.isInImage = isInImage
    }

    /// The command, as Docker runs it.
    static let argv = ["/bin/sh", "-c", "healthcheck"]
  }

  /// How an application behaves once its container has started.
  public enum Behavior: Hashable, Sendable {
    /// It listens after its boot time and answers every GET with 200.
    case healthy
    /// It listens after its boot time and answers every GET with this status, for example 503.
    case unhealthy(status: Int)
    /// It never listens: connections are refused.
    case deaf
    /// It is healthy, and ends some time after the container's start.
    case crashing(after: Duration, exitCode: Int, log: [String])

    /// It answers every GET with 503.
    public static var unhealthy: Behavior { .unhealthy(status: 503) }

    /// It ends before it has listened.
    ///
    /// With a restart policy other than `no` it does so again and again: a crash loop.
    public static func crashingAtBoot(
      exitCode: Int = 1, log: [String] = ["panic: cannot open the database"]
    ) -> Behavior {
      .crashing(after: .milliseconds(50), exitCode: exitCode, log: log)
    }
  }
}
