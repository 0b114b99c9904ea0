package import DeployDSL
package import DeployRunner

/// A service of the simulated Compose file, from which containers are created.
public struct SimulatedService: Hashable, Sendable {
  /// The name.
  package var name: String
  /// The image as in the Compose file; `${NAME:-default}` is interpolated as by Compose.
  public var image: String
  /// The port inside the container. Default: none.
  package var port: Int?
  /// The published port on 127.0.0.1. Default: none.
  package var publishedPort: Int?
  /// Further ports inside the container, with their published ports on 127.0.0.1. Default: none.
  package var otherPorts: [Int: Int] = [:]
  /// Further ports inside the container on which it answers, not published. Default: none.
  package var managementPorts: Set<Int> = []
  /// The hosts that it accepts in the Host header; `nil` accepts any. Default: any.
  package var hosts: Set<String>?
  /// The restart policy. Default: `unless-stopped`.
  public var restart: Restart
  /// Docker's own health check. Default: none.
  public var healthcheck: Healthcheck?
  /// The behaviour of its application after the container's start. Default: healthy.
  public var behavior = Behavior.healthy
  /// The time from the container's start until the application listens. Default: 2 seconds.
  public var bootTime: Duration = .seconds(2)
  /// The time from SIGTERM until the container exits; SIGKILL ends it after the grace period.
  /// Default: 100 milliseconds.
  public var stopTime: Duration = .milliseconds(100)
  /// The container's name. Default: `PROJECT-SERVICE-1`.
  package var containerName: String?
  /// Its networks, by their full names. Default: `PROJECT_default`.
  package var networks: [String]?
  /// Whether it has a `build:` section. Default: no.
  package var hasBuild: Bool

  /// Its `stop_grace_period` in the Compose file. Default: none.
  package var stopGracePeriod: Duration?
  /// Its profiles in the Compose file: with a profile it is started only by name. Default: none.
  package var profiles: [String] = []
  /// Who started it. Default: the application's Compose project.
  package var origin = Origin.project
  /// The services that Compose starts before it. Default: none.
  package var dependsOn: Set<String> = []
  /// The volumes that it can write, by their paths in its containers. Default: none.
  package var volumes: [String: String] = [:]
  /// How many containers the Compose file gives it. Default: not specified, which means one.
  package var replicas: Int?
  /// Whether the Compose file says its port although it does not publish it. Default: no.
  package var isExposed = false
  /// Its further names in its networks. Default: none.
  package var aliases: [String] = []
  /// The HTTP clients in its image. Default: curl and wget.
  package var tools: Set<String> = ["curl", "wget"]

  /// Its description in the Compose file, of which only what the other properties say is simulated.
  package var described = ComposeProject.Service()

  /// Describes a service.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - image: the image as in the Compose file.
  ///   - port: the port inside the container. Default: none.
  ///   - restart: the restart policy. Default: `unless-stopped`.
  ///   - containerName: the container's name. Default: `PROJECT-SERVICE-1`.
  ///   - hasBuild: whether it has a `build:` section. Default: no.
  package init(
    _ name: String, image: String, port: Int? = nil, restart: Restart = .unlessStopped,
    containerName: String? = nil, hasBuild: Bool = false
  ) {
    self.name = name
    self.image = image
    self.port = port
    self.restart = restart
    self.containerName = containerName
    self.hasBuild = hasBuild
  }

  /// Its Compose project, if it is not the plan's own.
  package var project: String? {
    if case .otherProject(let name) = origin { name } else { nil }
  }

  /// Whether it uses the network of the machine.
  var isInHostNetwork: Bool { described.networkMode == "host" }

  /// Its name and its project's.
  package var id: ServiceID { ServiceID(name, in: project) }

  /// Boots in 200 ms at most, and Docker checks its health as often.
  mutating func hurry() {
    let most = Duration.milliseconds(200)
    bootTime = min(bootTime, most)
    guard let check = healthcheck else { return }
    healthcheck?.interval = min(check.interval, most)
    healthcheck?.startPeriod = min(check.startPeriod, most)
  }

  /// Says its port without publishing it: of a published port there can be only one container.
  mutating func withdrawPorts() {
    isExposed = isExposed || publishedPort != nil
    (publishedPort, otherPorts) = (nil, [:])
  }

  /// Whether it answers requests for a port inside the container.
  func answers(on port: Int) -> Bool { port == self.port || managementPorts.contains(port) }

  /// Whether a text names it, with or without its project.
  func isNamed(_ text: String) -> Bool { name == text || "\(id)" == text }

  /// Its published ports on 127.0.0.1, lowest first.
  var publishedPorts: [(inside: Int, outside: Int)] {
    let first = port.flatMap { inside in publishedPort.map { (inside, $0) } }
    let all = otherPorts.map { ($0.key, $0.value) } + [first].compactMap(\.self)
    return all.sorted { $0.0 < $1.0 }
  }

  /// Who started a service.
  package enum Origin: Hashable, Sendable {
    /// The application's Compose project.
    case project
    /// Another Compose project, with its name.
    case otherProject(String)
    /// The machine itself, outside of Docker: its container stands for its process.
    case machine
  }

  /// The engine's reaction to a container that exited on its own.
  public enum Restart: String, Hashable, Sendable {
    /// Does not restart it.
    case no
    /// Restarts it.
    case always
    /// Restarts it if its exit code was not 0.
    case onFailure = "on-failure"
    /// Restarts it unless a user stopped it.
    case unlessStopped = "unless-stopped"
  }

  /// Docker's own health check: the first probe follows after one full interval.
  public struct Healthcheck: Hashable, Sendable {
    /// The time between two probes. Default: 30 seconds, as Docker's.
    package var interval: Duration
    /// The number of consecutive failures that make it unhealthy. Default: 3.
    package var retries: Int
    /// The time after the container's start in which failures do not count. Default: 0, as
    /// Docker's.
    package var startPeriod: Duration
    /// Whether it is defined in the image and not in the Compose file. Default: no.
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

    /// The command as Docker describes it for `CMD-SHELL`; nothing runs it.
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
    /// It is healthy, and exits some time after the container's start.
    case crashing(after: Duration, exitCode: Int, log: [String])

    /// It answers every GET with 503.
    public static var unhealthy: Behavior { .unhealthy(status: 503) }

    /// It exits before it listens.
    ///
    /// With a restart policy other than `no` this becomes a crash loop.
    public static func crashingAtBoot(
      exitCode: Int = 1, log: [String] = ["panic: cannot open the database"]
    ) -> Behavior {
      .crashing(after: .milliseconds(50), exitCode: exitCode, log: log)
    }
  }
}
