/// The parts of `docker inspect` that a deploy needs.
package struct Container: Sendable, Equatable {
  package var id: String
  package var name: String
  package var service: String
  package var status: String
  package var exitCode: Int
  package var wasKilledForMemory: Bool
  package var startedAt: String
  package var restartCount: Int
  package var health: String?
  /// The exit status of Docker's latest health check and what it printed.
  package var lastCheck: Check?
  /// The health check from image and Compose file combined; `nil` if there is none.
  package var healthCheck: HealthCheck?
  package var image: String
  /// The ID of its image, `sha256:…`.
  package var imageID: String?
  /// Its label `org.opencontainers.image.version`.
  package var versionLabel: String?
  /// Its label `org.opencontainers.image.revision`.
  package var revision: String?
  package var error: String
  package var mounts: [Mount]
  /// The ports that it publishes; if it does not run, those that it will publish.
  package var ports: [String: [Binding]]
  /// Its IP address in one of its networks.
  package var address: String?
  /// The networks that it is attached to.
  package var networks: Set<String> = []
  /// The stop grace period from the Compose file; `nil` if not specified.
  package var stopTimeout: Duration?
  /// The image's stop signal, if it is not SIGTERM.
  package var stopSignal: Int?
  /// The run and step that started it as a job; `nil` if it is not a job.
  package var job: String?
  /// The folder of its Compose project; `nil` if Compose did not create it.
  package var projectFolder: String?
  /// The Compose files that it was created from, from the root; empty if Compose did not create it.
  package var composeFiles: [String] = []
  /// The files that `docker compose --env-file` named when it was created.
  package var environmentFiles: [String] = []
  /// Its Compose project; `nil` if Compose did not create it.
  package var project: String?
  /// Its number among the containers of its service, from 1.
  package var number = 1
  /// Whether it uses the host's network.
  package var isInHostNetwork = false
  /// The node of the Swarm that it runs on; `nil` outside of one.
  package var node: String?

  package init(
    id: String, name: String, service: String, status: String, exitCode: Int,
    wasKilledForMemory: Bool, startedAt: String, restartCount: Int, health: String? = nil,
    lastCheck: Check? = nil, healthCheck: HealthCheck? = nil, image: String, error: String,
    mounts: [Mount],
    ports: [String: [Binding]], address: String? = nil, networks: Set<String> = [],
    stopTimeout: Duration? = nil, job: String? = nil, projectFolder: String? = nil
  ) {
    (self.id, self.name, self.service) = (id, name, service)
    (self.status, self.exitCode, self.wasKilledForMemory) = (status, exitCode, wasKilledForMemory)
    (self.startedAt, self.restartCount) = (startedAt, restartCount)
    (self.health, self.lastCheck, self.healthCheck) = (health, lastCheck, healthCheck)
    (self.image, self.error) = (image, error)
    (self.mounts, self.ports, self.address, self.networks) = (mounts, ports, address, networks)
    (self.stopTimeout, self.job, self.projectFolder) = (stopTimeout, job, projectFolder)
  }

  package struct Check: Sendable, Equatable {
    package var exitCode: Int
    package var output: String
  }

  /// Docker's health check, with Docker's defaults for unspecified values.
  package struct HealthCheck: Sendable, Equatable {
    /// The command as Docker runs it in the container.
    package var argv: [String]
    package var interval: Duration = .seconds(30)
    package var timeout: Duration = .seconds(30)
    /// Failures within this time after the container's start do not count.
    package var startPeriod: Duration = .zero
    /// How many consecutive failures make the container unhealthy.
    package var retries = 3

    package init(
      argv: [String], interval: Duration = .seconds(30), timeout: Duration = .seconds(30),
      startPeriod: Duration = .zero, retries: Int = 3
    ) {
      (self.argv, self.interval, self.timeout) = (argv, interval, timeout)
      (self.startPeriod, self.retries) = (startPeriod, retries)
    }
  }

  package struct Mount: Sendable, Equatable {
    package var source: String
    package var destination: String

    package init(source: String, destination: String) {
      (self.source, self.destination) = (source, destination)
    }
  }

  package struct Binding: Sendable, Equatable {
    package var hostIP: String?
    package var hostPort: String?

    package init(hostIP: String?, hostPort: String?) {
      (self.hostIP, self.hostPort) = (hostIP, hostPort)
    }
  }

  /// The path on the host of a path inside it; `nil` if no mount leads there.
  package func hostPath(of path: String) -> String? {
    let leading = mounts.filter { mount in
      path == mount.destination
        || path.hasPrefix(mount.destination + (mount.destination.hasSuffix("/") ? "" : "/"))
    }
    return leading.max { $0.destination.count < $1.destination.count }.map {
      $0.source + path.dropFirst($0.destination.count)
    }
  }

  package var isRunning: Bool { status == "running" }
  /// Whether its process exists: running or paused.
  package var hasProcess: Bool { isRunning || status == "paused" }

  /// Whether it has run and exited.
  package var hasEnded: Bool { ["exited", "dead"].contains(status) }

  /// Whether it has exited or was never started: nothing needs to be stopped.
  package var isAtRest: Bool { hasEnded || status == "created" }

  /// Whether it is still the same life of the same container.
  package func isSameLife(as other: Container) -> Bool { isSameLife(as: ContainerLife(other)) }

  /// Whether it is still the same life of the same container.
  package func isSameLife(as other: ContainerLife) -> Bool {
    id == other.id && startedAt == other.startedAt
  }

  /// Where a port is published on this machine.
  package func publishedAddress(of port: Int) -> PublishedAddress? {
    if isInHostNetwork { return PublishedAddress("127.0.0.1", port) }
    return (ports["\(port)/tcp"] ?? []).lazy.compactMap { binding in
      ComposeProject.portNumber(binding.hostPort).map {
        PublishedAddress(ComposeProject.reachable(binding.hostIP), $0)
      }
    }.first
  }

  /// The published addresses, ordered by container port.
  package var publishedAddresses: [PublishedAddress] {
    ports.keys.compactMap { key in key.hasSuffix("/tcp") ? Int(key.dropLast(4)) : nil }
      .sorted()
      .compactMap(publishedAddress)
  }

  /// What happened to it, for messages: `exited with code 3`.
  package var fate: String {
    switch status {
    case "exited", "dead":
      wasKilledForMemory
        ? "was killed because it used too much memory (exit code \(exitCode))"
        : "exited with code \(exitCode)"
    case "lost": "is lost: its node \(node ?? "") is down"
    case "restarting": "keeps restarting (exit code \(exitCode))"
    case "created": "was created but did not start" + (error.isEmpty ? "" : " (\(error))")
    default: "is \(status)"
    }
  }
}

/// One run of a container's process: every restart begins another.
package struct ContainerLife: Codable, Hashable, Sendable {
  package var id: String
  package var startedAt: String
  package var wasRunning: Bool
}

/// The runs of a service's containers.
package struct ContainerLives: Codable, Hashable, Sendable {
  /// The container's, or those of the service's replicas.
  package var all: [ContainerLife]

  /// - Returns: `nil` without any.
  package init?(_ all: [ContainerLife]) {
    guard !all.isEmpty else { return nil }
    self.all = all
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer()
    all = try (try? values.decode([ContainerLife].self)) ?? [values.decode(ContainerLife.self)]
  }

  /// Encodes a single one alone, as journals did before there were replicas.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.singleValueContainer()
    if all.count == 1 { try values.encode(all[0]) } else { try values.encode(all) }
  }

  /// The life of a container.
  package subscript(container: Container) -> ContainerLife? { all.first { $0.id == container.id } }

  /// Whether a container was running before and has not been restarted since.
  package func isUntouched(_ container: Container) -> Bool {
    self[container].map { $0.wasRunning && container.isSameLife(as: $0) } ?? false
  }
}
