package import DeployDSL

/// The host names by which a site file can refer to the colours' services: the service, its
/// network aliases, its containers, and its published ports as the proxy reaches them.
package struct ColorHosts: Sendable {
  /// A blue service's name and its green counterpart.
  private typealias Pair = (blue: String, green: String)

  private let own: [Pair]
  private let workers: [Pair]
  /// Names of one colour's own service without a counterpart.
  private let others: [Color: Set<String>]
  /// Names that a service of each colour has: nginx would send requests to both.
  package let shared: Set<String>

  /// Collects the names; without a Compose project, only the services' own.
  ///
  /// - Parameter proxy: the proxy that resolves them: in a Docker network, 127.0.0.1 is its own
  ///   container.
  package init(of application: Application, in project: ComposeProject?, for proxy: RunningProxy?) {
    let isHere = proxy?.isInHostNetwork == true
    func names(_ color: Color) -> [[String: String]] {
      application.serviceIDs(color).map { Self.names(of: $0, project, isHere: isHere) }
    }
    let (blues, greens) = (names(.blue), names(.green))
    let shared = Set(blues.flatMap(\.values)).intersection(greens.flatMap(\.values))
    let services = zip(application.serviceIDs(.blue), application.serviceIDs(.green))
    let pairs = zip(services, zip(blues, greens)).map { service, names in
      (Self.pairs(names.0, names.1)
        + Self.ownPorts(of: service.0, service.1, names.0, names.1, project)).filter {
          !shared.contains($0.blue) && !shared.contains($0.green)
        }
    }
    own = pairs[0]
    workers = pairs.dropFirst().flatMap(\.self)
    let paired = Set(own.flatMap { [$0.blue, $0.green] }).union(shared)
    others = [
      .blue: Set(blues[0].values).subtracting(paired),
      .green: Set(greens[0].values).subtracting(paired),
    ]
    self.shared = shared
  }

  /// The names with the ports inside the containers, if the colours listen on different ones.
  private static func ownPorts(
    of blueService: ServiceID, _ greenService: ServiceID, _ blue: [String: String],
    _ green: [String: String], _ project: ComposeProject?
  ) -> [Pair] {
    guard let one = project?[blueService], let other = project?[greenService],
      let (first, second) = one.firstPort.flatMap({ port in other.firstPort.map { (port, $0) } }),
      !one.insidePorts.contains(second), !other.insidePorts.contains(first)
    else { return [] }
    return ["service", "container"].compactMap { kind in
      blue[kind].flatMap { name in green[kind].map { ("\(name):\(first)", "\($0):\(second)") } }
    }
  }

  package subscript(color: Color) -> Set<String> {
    Set(own.map { color == .blue ? $0.blue : $0.green }).union(others[color] ?? [])
  }

  /// A name by which a site file can refer to a colour, if possible its service's own.
  package func name(of color: Color, in application: Application) -> String {
    let own = application.service(color)
    let names = self[color]
    return names.contains(own) ? own : names.filter { !$0.contains(":") }.min() ?? own
  }

  /// The names of both colours.
  var all: Set<String> { self[.blue].union(self[.green]) }

  /// The colour that a name belongs to, and its counterpart; `nil` if it belongs to neither.
  func owner(of name: String) -> (color: Color, counterpart: String)? {
    for (blue, green) in own + workers {
      if name == blue { return (.blue, green) }
      if name == green { return (.green, blue) }
    }
    return nil
  }

  /// The names in a site file that lead to both colours at once.
  package func shared(in site: [UInt8]) -> [String] {
    guard !shared.isEmpty, let file = try? NginxConfiguration(site, path: "") else { return [] }
    let root = file.root
    let upstreams = root.allInside.filter { $0.name == "upstream" }
    let servers = upstreams.flatMap(\.serverWords)
    func hosts(_ backends: some Sequence<String>) -> Set<String> {
      shared.intersection(backends.flatMap { SiteText.hosts(in: $0[...]) })
    }
    // An upstream may have the name of a service.
    return hosts(servers).union(
      hosts(root.backends).subtracting(upstreams.compactMap(\.words.last))
    )
    .sorted()
  }

  // MARK: Names of one service

  /// The names of a service, keyed by kind; the keys of a name and its counterpart are the same.
  ///
  /// - Parameter isHere: whether the proxy is in the host's network.
  package static func names(
    of service: ServiceID, _ project: ComposeProject?, isHere: Bool
  ) -> [String: String] {
    var names = ["service": service.name]
    guard let project else { return names }
    names["container"] = project.containerName(of: service)
    let described = project[service]
    for number in 2..<max(2, (described?.replicas ?? 1) + 1) {
      names["container \(number)"] = project.containerName(of: service, number: number)
    }
    for alias in described?.aliases ?? [] { names[kind(of: alias, service)] = alias }
    // Docker's names and address of this machine, seen from a container.
    let hosts = isHere ? ["127.0.0.1", "localhost"] : ["host.docker.internal", "172.17.0.1"]
    let ports = (described?.ports ?? []).filter(\.isTCP).compactMap { port in
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

  /// What an alias has in common with its counterpart: everything but project, service and colour.
  private static func kind(of alias: String, _ service: ServiceID) -> String {
    var kind = alias
    for word in [service.project, service.name, "blue", "green"].compactMap(\.self) {
      kind = kind.replacing(word, with: "*")
    }
    return "alias \(kind)"
  }

  private static func pairs(_ blue: [String: String], _ green: [String: String]) -> [Pair] {
    var pairs: [Pair] = blue.compactMap { kind, name in green[kind].map { (name, $0) } }
    func alone(_ names: [String: String], besides other: [String: String]) -> [String] {
      names.filter { $0.key.hasPrefix("alias ") && other[$0.key] == nil }.map(\.value)
    }
    let rest = (alone(blue, besides: green), alone(green, besides: blue))
    // `app1` and `app2`: one each is enough to be sure.
    if rest.0.count == 1, rest.1.count == 1 { pairs.append((rest.0[0], rest.1[0])) }
    return pairs
  }
}
