package import DeployDSL

/// The parts of `docker compose config` that a deploy needs.
package struct ComposeProject: Sendable, Equatable {
  package struct Service: Sendable, Hashable {
    package var image: String?
    package var containerName: String?
    package var ports: [Port]?
    package var expose: [String]?
    package var build: Build?
    /// The profiles that enable it; none if it is always enabled.
    package var profiles: [String]?
    /// Host files and folders mounted into its containers.
    package var mounts: [Mount]?
    /// Its networks, by their names in the file; `nil` if it has a `network_mode` instead.
    package var networks: Set<String>?
    /// How many containers Compose starts for it; `nil` if not specified.
    package var replicas: Int?
    /// Its further names in its networks.
    package var aliases: [String] = []
    /// Whether the file defines a health check.
    package var hasHealthCheck = false
    /// The health check's command, if the file defines one.
    package var healthTest: [String] = []
    /// What it depends on, with the condition: `service_healthy`.
    package var dependencies: [String: String] = [:]
    /// The hosts that its environment names as addresses; nothing else of it is kept.
    package var peers: Set<String> = []
    /// The storage mounted into its containers, whatever its kind.
    package var volumes: [Volume] = []
    /// Whether it has aliases or a fixed address in one of them.
    package var hasFixedNetworks = false
    /// `host`, or whose network it uses; `nil` for networks of its own.
    package var networkMode: String?
    /// How the file's health check is timed.
    package var healthCheck: HealthTiming?
    /// When Docker restarts its containers: `no`, `always`, `on-failure`, `unless-stopped`.
    package var restart: String?
    /// The time between SIGTERM and SIGKILL; `nil` if not specified.
    package var stopGracePeriod: Duration?

    package init(
      image: String? = nil, ports: [Port]? = nil, mounts: [Mount]? = nil
    ) {
      (self.image, self.ports, self.mounts) = (image, ports, mounts)
    }

    /// The TCP container ports in the file.
    package var insidePorts: Set<Int> {
      Set((ports ?? []).filter(\.isTCP).map(\.target))
        .union((expose ?? []).compactMap { Int($0.prefix { $0.isNumber }) })
    }

    /// The first TCP container port in the file.
    package var firstPort: Int? {
      ports?.first(where: \.isTCP)?.target
        ?? expose?.lazy.filter { !$0.hasSuffix("/udp") }
        .compactMap { Int($0.prefix { $0.isNumber }) }.first
    }
  }

  package struct Port: Sendable, Hashable {
    package var target: Int
    package var published: String?
    package var hostIP: String?
    package var transport: String?

    package init(target: Int, published: String?, hostIP: String?, transport: String?) {
      (self.target, self.published) = (target, published)
      (self.hostIP, self.transport) = (hostIP, transport)
    }

    package var isTCP: Bool { transport == nil || transport == "tcp" }

    /// Where it is published on this machine; `nil` if that is not decided.
    package var publishedAddress: PublishedAddress? {
      ComposeProject.portNumber(published).map {
        PublishedAddress(ComposeProject.reachable(hostIP), $0)
      }
    }
  }

  /// The times of a health check that the file specifies.
  package struct HealthTiming: Sendable, Hashable {
    package var interval: Duration?
    package var startPeriod: Duration?
    package var retries: Int?

    package init(interval: Duration? = nil, startPeriod: Duration? = nil, retries: Int? = nil) {
      (self.interval, self.startPeriod, self.retries) = (interval, startPeriod, retries)
    }
  }

  /// A bind mount: absolute paths on the host and in the container.
  package struct Mount: Sendable, Hashable {
    package var source: String
    package var target: String

    package init(source: String, target: String) { (self.source, self.target) = (source, target) }
  }

  /// A named volume, or a folder or file of the host.
  package struct Volume: Sendable, Hashable {
    /// The volume's name, or the path on the host.
    package var source: String
    package var target: String
    package var isBind = false
    package var isReadOnly = false

    package init(source: String, target: String) { (self.source, self.target) = (source, target) }
  }

  /// Marks a service that has a `build:` section, whatever it contains.
  package struct Build: Decodable, Sendable, Hashable {
    package init() {}
    package init(from decoder: any Decoder) throws {}
  }

  package var name: String
  package var services: [String: Service]
  /// The networks' names in the Compose file, keyed by their full names.
  package var networks: [String: String] = [:]
  /// The other projects of the plan, by name.
  package var others: [String: ComposeProject] = [:]

  /// The files that Compose finds by their names, in its order.
  package static let usualFiles = [
    "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
  ]

  package init(name: String, services: [String: Service]) {
    (self.name, self.services) = (name, services)
  }

  /// A service of this project, or of another one of the plan.
  package subscript(service: ServiceID) -> Service? { project(of: service)?.services[service.name] }

  /// The project of a service.
  package func project(of service: ServiceID) -> ComposeProject? {
    service.project.map { others[$0] } ?? self
  }

  /// The services of all projects of the plan.
  package var all: [ServiceID] {
    services.keys.map { ServiceID($0) }
      + others.flatMap { name, project in project.services.keys.map { ServiceID($0, in: name) } }
  }

  /// Whether some services start only by name or with a profile.
  package var hasProfiles: Bool { services.values.contains { $0.profiles?.isEmpty == false } }

  /// The name that Compose gives a container of a service.
  package func containerName(of service: ServiceID, number: Int = 1) -> String {
    self[service]?.containerName ?? "\(service.project ?? name)-\(service.name)-\(number)"
  }

  /// The full names of a service's networks; `nil` if they are not specified.
  package func networks(of service: ServiceID) -> Set<String>? {
    project(of: service).flatMap { project in
      project.services[service.name]?.networks.map { own in
        Set(project.networks.filter { own.contains($0.value) }.keys)
      }
    }
  }

  /// Where a service's container port is published on this machine.
  package func publishedAddress(of service: ServiceID, port: Int) -> PublishedAddress? {
    let ports = self[service]?.ports ?? []
    return ports.lazy.filter { $0.isTCP && $0.target == port }.compactMap(\.publishedAddress).first
  }

  /// The container that Compose would make of a service, running; `nil` for an unknown service.
  package func planned(_ id: ServiceID) -> Container? {
    guard let service = self[id] else { return nil }
    var container = Container(
      id: "\(id)", name: containerName(of: id), service: id.name, status: "running", exitCode: 0,
      wasKilledForMemory: false, startedAt: "", restartCount: 0, image: service.image ?? "",
      error: "",
      mounts: (service.mounts ?? []).map {
        Container.Mount(source: $0.source, destination: $0.target)
      },
      ports: (service.ports ?? []).reduce(into: [:]) { ports, port in
        ports["\(port.target)/\(port.transport ?? "tcp")", default: []].append(
          Container.Binding(hostIP: port.hostIP, hostPort: port.published))
      },
      networks: networks(of: id) ?? [], stopTimeout: service.stopGracePeriod)
    container.isInHostNetwork = service.networkMode == "host"
    return container
  }

  /// The project with how many tasks each colour is to have on a Swarm: as many as either colour has
  /// now, else as many as the Compose file says of either.
  ///
  /// - Parameter tasks: How many a service has now.
  package func scaled(
    for application: Application, _ tasks: (ServiceID) -> Int
  ) -> ComposeProject {
    var project = self
    for service in Color.allCases.flatMap(application.serviceIDs) {
      let pair = [service] + [application.counterpart(of: service)].compactMap(\.self)
      let present = pair.map(tasks).max() ?? 0
      let written = pair.map { self[$0]?.replicas ?? 1 }.max() ?? 1
      project.services[service.name]?.replicas = present > 0 ? present : max(1, written)
    }
    return project
  }

  /// Parses a port number; `nil` for 0, which means not yet assigned.
  package static func portNumber(_ text: String?) -> Int? {
    text.flatMap(Int.init).flatMap { (1...65535).contains($0) ? $0 : nil }
  }

  /// The address to connect to for a listening address.
  package static func reachable(_ listening: String?) -> String {
    switch listening {
    case nil, "", "0.0.0.0", "::": "127.0.0.1"
    case let address?: address
    }
  }
}
