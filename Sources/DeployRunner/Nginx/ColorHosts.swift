package import DeployDSL

/// How a site file can name the colours' services: by the service, by its container, and, for a
/// proxy in the host's network, by the ports that the service publishes on this machine.
package struct ColorHosts: Sendable {
  private let blue: Set<String>
  private let green: Set<String>

  /// Collects the names; without a Compose project the services' own only.
  ///
  /// - Parameter proxy: who is to find them: to a proxy in a network of Docker's, 127.0.0.1 is its
  ///   own container.
  package init(of application: Application, in project: ComposeProject?, for proxy: Container?) {
    let isHere = proxy?.isInHostNetwork == true
    blue = Self.names(of: application.blue, project, isHere: isHere)
    green = Self.names(of: application.green, project, isHere: isHere)
  }

  package subscript(color: Color) -> Set<String> { color == .blue ? blue : green }

  /// The names of both.
  var all: Set<String> { blue.union(green) }

  /// How nginx may name a service.
  ///
  /// - Parameter isHere: whether the proxy is in the host's network.
  static func names(
    of service: String, _ project: ComposeProject?, isHere: Bool
  ) -> Set<String> {
    guard let project else { return [service] }
    let names: Set = [service, project.containerName(of: service)]
    guard isHere else { return names }
    let ports = (project.services[service]?.ports ?? []).filter(\.isTCP)
      .compactMap { ComposeProject.portNumber($0.published) }
    let addresses = ports.flatMap { ["127.0.0.1:\($0)", "localhost:\($0)"] }
    return names.union(addresses)
  }
}
