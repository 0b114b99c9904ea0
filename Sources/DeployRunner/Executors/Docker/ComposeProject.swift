import DeployDSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What `docker compose config` says, as far as a deploy needs it.
package struct ComposeProject: Decodable, Sendable {
  package struct Service: Decodable, Sendable {
    package var containerName: String?
    package var ports: [Port]?
    package var expose: [String]?
    package var build: Build?

    private enum CodingKeys: String, CodingKey {
      case containerName = "container_name"
      case ports, expose, build
    }

    /// The first port inside the container that the file says.
    package var firstPort: Int? {
      ports?.first?.target ?? expose?.first.flatMap { Int($0.prefix { $0.isNumber }) }
    }
  }

  package struct Port: Decodable, Sendable {
    package var target: Int
    package var published: String?
    package var hostIP: String?

    private enum CodingKeys: String, CodingKey {
      case target, published
      case hostIP = "host_ip"
    }
  }

  /// Whether a service has a `build:`; what is in it does not matter.
  package struct Build: Decodable, Sendable {
    package init(from decoder: any Decoder) throws {}
  }

  package var name: String
  package var services: [String: Service]

  /// Reads the JSON of `docker compose config --format json`.
  package static func parse(_ json: String) throws -> ComposeProject {
    try JSONDecoder().decode(ComposeProject.self, from: Data(json.utf8))
  }

  /// The name that Compose gives a service's only container.
  package func containerName(of service: String) -> String {
    services[service]?.containerName ?? "\(name)-\(service)-1"
  }

  /// The address on this machine under which a port of a service's container is published.
  package func publishedAddress(of service: String, port: Int) -> (host: String, port: Int)? {
    guard let ports = services[service]?.ports,
      let match = ports.first(where: { $0.target == port }),
      let published = match.published.flatMap(Int.init)
    else { return nil }
    return (Self.reachable(match.hostIP), published)
  }

  /// A listening address as one to connect to.
  package static func reachable(_ listening: String?) -> String {
    switch listening {
    case nil, "", "0.0.0.0", "::": "127.0.0.1"
    case let address?: address
    }
  }
}
