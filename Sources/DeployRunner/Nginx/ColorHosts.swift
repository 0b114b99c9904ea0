package import DeployDSL

/// How a site file can name the colours' services: by the service, by its container, and by the
/// ports that it publishes on this machine, as the proxy reaches them.
package struct ColorHosts: Sendable {
  /// A name of a blue service, and that of its green counterpart.
  private typealias Pair = (blue: String, green: String)

  private let own: [Pair]
  private let workers: [Pair]

  /// Collects the names; without a Compose project the services' own only.
  ///
  /// - Parameter proxy: who is to find them: to a proxy in a network of Docker's, 127.0.0.1 is its
  ///   own container.
  package init(of application: Application, in project: ComposeProject?, for proxy: Container?) {
    let isHere = proxy?.isInHostNetwork == true
    func pairs(_ blue: String, _ green: String) -> [Pair] {
      let (blue, green) = (
        Self.names(of: blue, project, isHere: isHere),
        Self.names(of: green, project, isHere: isHere)
      )
      return blue.compactMap { kind, name in green[kind].map { (name, $0) } }
    }
    own = pairs(application.blue, application.green)
    workers = application.workers.flatMap { pairs($0.blue, $0.green) }
  }

  package subscript(color: Color) -> Set<String> {
    Set(own.map { color == .blue ? $0.blue : $0.green })
  }

  /// The names of both.
  var all: Set<String> { self[.blue].union(self[.green]) }

  /// Whose name it is, with that of the other colour's service; `nil` if it is none of theirs.
  func owner(of name: String) -> (color: Color, counterpart: String)? {
    for (blue, green) in own + workers where blue != green {
      if name == blue { return (.blue, green) }
      if name == green { return (.green, blue) }
    }
    return nil
  }

  /// How nginx may name a service, by the kind of the name: the same for both colours.
  ///
  /// - Parameter isHere: whether the proxy is in the host's network.
  static func names(
    of service: String, _ project: ComposeProject?, isHere: Bool
  ) -> [String: String] {
    var names = ["service": service]
    guard let project else { return names }
    names["container"] = project.containerName(of: service)
    // Docker's own names and address for this machine, seen from a container.
    let hosts = isHere ? ["127.0.0.1", "localhost"] : ["host.docker.internal", "172.17.0.1"]
    for port in project.services[service]?.ports ?? [] where port.isTCP {
      guard let published = ComposeProject.portNumber(port.published) else { continue }
      for host in hosts { names["\(host) to \(port.target)"] = "\(host):\(published)" }
    }
    return names
  }
}
