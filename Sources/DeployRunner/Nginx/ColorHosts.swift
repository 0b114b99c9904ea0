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
    func pairs(_ blue: String, _ green: String) -> [Pair] {
      let (blue, green) = (
        Self.names(of: blue, project, isHere: isHere),
        Self.names(of: green, project, isHere: isHere)
      )
      return blue.compactMap { kind, name in green[kind].map { (name, $0) } }
    }
    own = pairs(application.blue.name, application.green.name)
    workers = application.workers.flatMap { pairs($0.blue.name, $0.green.name) }
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
  static func names(
    of service: String, _ project: ComposeProject?, isHere: Bool
  ) -> [String: String] {
    var names = ["service": service]
    guard let project else { return names }
    names["container"] = project.containerName(of: service)
    // Docker's names and address of this machine, seen from a container.
    let hosts = isHere ? ["127.0.0.1", "localhost"] : ["host.docker.internal", "172.17.0.1"]
    for port in project.services[service]?.ports ?? [] where port.isTCP {
      guard let published = ComposeProject.portNumber(port.published) else { continue }
      for host in hosts { names["\(host) to \(port.target)"] = "\(host):\(published)" }
    }
    return names
  }
}
