package import DeployDSL

/// The host names by which a site file can refer to the colours' services: the service, its
/// container, and its published ports as the proxy reaches them.
package struct ColorHosts: Sendable {
  /// A blue service's name and its green counterpart.
  private typealias Pair = (blue: String, green: String)

  private let own: [Pair]
  private let workers: [Pair]

  /// Collects the names; without a Compose project, only the services' own.
  ///
  /// - Parameter proxy: the proxy that resolves them: in a Docker network, 127.0.0.1 is its own
  ///   container.
  package init(of application: Application, in project: ComposeProject?, for proxy: RunningProxy?) {
    let isHere = proxy?.isInHostNetwork == true
    func pairs(_ blueService: String, _ greenService: String) -> [Pair] {
      let (blue, green) = (
        Self.names(of: blueService, project, isHere: isHere),
        Self.names(of: greenService, project, isHere: isHere)
      )
      return blue.compactMap { kind, name in green[kind].map { (name, $0) } }
        + Self.ownPorts(of: blueService, greenService, blue, green, project)
    }
    own = pairs(application.blue.name, application.green.name)
    workers = application.workers.flatMap { pairs($0.blue.name, $0.green.name) }
  }

  /// The names with the ports inside the containers, if the colours listen on different ones.
  private static func ownPorts(
    of blueService: String, _ greenService: String, _ blue: [String: String],
    _ green: [String: String], _ project: ComposeProject?
  ) -> [Pair] {
    guard let one = project?.services[blueService], let other = project?.services[greenService],
      let (first, second) = one.firstPort.flatMap({ port in other.firstPort.map { (port, $0) } }),
      !one.insidePorts.contains(second), !other.insidePorts.contains(first)
    else { return [] }
    return ["service", "container"].compactMap { kind in
      blue[kind].flatMap { name in green[kind].map { ("\(name):\(first)", "\($0):\(second)") } }
    }
  }

  package subscript(color: Color) -> Set<String> {
    Set(own.map { color == .blue ? $0.blue : $0.green })
  }

  /// The names of both colours.
  var all: Set<String> { self[.blue].union(self[.green]) }

  /// The colour that a name belongs to, and its counterpart; `nil` if it belongs to neither.
  func owner(of name: String) -> (color: Color, counterpart: String)? {
    for (blue, green) in own + workers where blue != green {
      if name == blue { return (.blue, green) }
      if name == green { return (.green, blue) }
    }
    return nil
  }

  /// The names of a service, keyed by kind; the keys are the same for both colours.
  ///
  /// - Parameter isHere: whether the proxy is in the host's network.
  package static func names(
    of service: String, _ project: ComposeProject?, isHere: Bool
  ) -> [String: String] {
    var names = ["service": service]
    guard let project else { return names }
    names["container"] = project.containerName(of: service)
    // Docker's names and address of this machine, seen from a container.
    let hosts = isHere ? ["127.0.0.1", "localhost"] : ["host.docker.internal", "172.17.0.1"]
    let ports = (project.services[service]?.ports ?? []).filter(\.isTCP).compactMap { port in
      ComposeProject.portNumber(port.published).map { (inside: port.target, outside: $0) }
    }
    for port in ports {
      for host in hosts {
        names["\(host) to \(port.inside)"] = "\(host):\(port.outside)"
        // The colours' own ports may differ.
        if ports.count == 1 { names["\(host) to the only port"] = "\(host):\(port.outside)" }
      }
    }
    return names
  }
}
