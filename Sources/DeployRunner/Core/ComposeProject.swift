/// What `docker compose config` says, as far as a deploy needs it.
package struct ComposeProject: Sendable, Equatable {
  package struct Service: Sendable, Equatable {
    package var image: String?
    package var containerName: String?
    package var ports: [Port]?
    package var expose: [String]?
    package var build: Build?
    /// Those that start it; none if it is always started.
    package var profiles: [String]?
    /// Files and folders of the host that its containers see.
    package var mounts: [Mount]?
    /// How many containers Compose starts of it; `nil` if the file says nothing.
    package var replicas: Int?
    /// Whether the file says how Docker checks its health.
    package var hasHealthCheck = false

    package init(
      image: String? = nil, containerName: String? = nil, ports: [Port]? = nil,
      build: Build? = nil, profiles: [String]? = nil, mounts: [Mount]? = nil,
      hasHealthCheck: Bool = false
    ) {
      (self.image, self.containerName, self.ports) = (image, containerName, ports)
      (self.build, self.profiles, self.mounts) = (build, profiles, mounts)
      self.hasHealthCheck = hasHealthCheck
    }

    /// The first TCP port inside the container that the file says.
    package var firstPort: Int? {
      ports?.first(where: \.isTCP)?.target
        ?? expose?.lazy.filter { !$0.hasSuffix("/udp") }
        .compactMap { Int($0.prefix { $0.isNumber }) }.first
    }
  }

  package struct Port: Sendable, Equatable {
    package var target: Int
    package var published: String?
    package var hostIP: String?
    package var transport: String?

    package init(target: Int, published: String?, hostIP: String?, transport: String?) {
      (self.target, self.published) = (target, published)
      (self.hostIP, self.transport) = (hostIP, transport)
    }

    package var isTCP: Bool { transport == nil || transport == "tcp" }
  }

  /// A file or folder of the host, and where a container sees it; both from the root.
  package struct Mount: Sendable, Equatable {
    package var source: String
    package var target: String

    package init(source: String, target: String) { (self.source, self.target) = (source, target) }
  }

  /// Whether a service has a `build:`; what is in it does not matter.
  package struct Build: Decodable, Sendable, Equatable {
    package init() {}
    package init(from decoder: any Decoder) throws {}
  }

  package var name: String
  package var services: [String: Service]
  /// The networks' names in the Compose file, by their full names.
  package var networks: [String: String] = [:]

  package init(name: String, services: [String: Service]) {
    (self.name, self.services) = (name, services)
  }

  /// Whether some services are only started by name or with a profile.
  package var hasProfiles: Bool { services.values.contains { $0.profiles?.isEmpty == false } }

  /// The name that Compose gives a service's only container.
  package func containerName(of service: String) -> String {
    services[service]?.containerName ?? "\(name)-\(service)-1"
  }

  /// The address on this machine under which a port of a service's container is published.
  package func publishedAddress(of service: String, port: Int) -> PublishedAddress? {
    let ports = services[service]?.ports ?? []
    return ports.lazy.filter { $0.isTCP && $0.target == port }.compactMap { match in
      Self.portNumber(match.published).map {
        PublishedAddress(Self.reachable(match.hostIP), $0)
      }
    }.first
  }

  /// A text that is a port's number; 0 stands for one that is not known yet.
  package static func portNumber(_ text: String?) -> Int? {
    text.flatMap(Int.init).flatMap { (1...65535).contains($0) ? $0 : nil }
  }

  /// A listening address as one to connect to.
  package static func reachable(_ listening: String?) -> String {
    switch listening {
    case nil, "", "0.0.0.0", "::": "127.0.0.1"
    case let address?: address
    }
  }
}
