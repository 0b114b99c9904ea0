import DeployDSL

/// The Compose services that a site file sends requests to.
struct SiteServices: Hashable, Sendable {
  /// The ports of each service in the file.
  private(set) var ports: [ServiceID: Set<Int>] = [:]
  /// The services that the file names, not by a port of this machine.
  private(set) var byName: Set<ServiceID> = []
  /// The services that get no HTTP, but FastCGI, uwsgi, SCGI or gRPC.
  private(set) var otherThanHTTP: Set<ServiceID> = []

  var names: Set<ServiceID> { Set(ports.keys) }

  /// Parses a site file; an invalid one has no services.
  ///
  /// - Parameter shared: names that lead to both colours, and tell nothing.
  init(
    _ site: [UInt8], in project: ComposeProject, for proxy: RunningProxy,
    besides shared: Set<String>
  ) {
    guard let file = try? NginxConfiguration(site, path: "") else { return }
    let names = project.all.sorted().flatMap { service in
      ColorHosts.names(of: service, project, isHere: proxy.isInHostNetwork).values
        .filter { !shared.contains($0) }.map { ($0, service) }
    }
    let services = Dictionary(names) { first, _ in first }
    for backend in file.root.backends {
      let hosts = SiteText.hosts(in: backend[...])
      guard let service = hosts.lazy.compactMap({ services[$0] }).first else { continue }
      if hosts.contains(where: { services[$0] == service && !$0.contains(":") }) {
        byName.insert(service)
      }
      ports[service, default: []].formUnion(
        backend.split(separator: ":").dropFirst().prefix(1).compactMap { Int($0) })
      let own = Set(hosts.filter { services[$0] == service })
      if file.root.passesOtherThanHTTP(to: own) != nil { otherThanHTTP.insert(service) }
    }
  }
}
