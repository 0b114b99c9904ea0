import DeployDSL

/// The services of a Compose project that a site file sends requests to.
struct SiteServices: Hashable, Sendable {
  /// The ports that the file says of each.
  private(set) var ports: [String: Set<Int>] = [:]
  /// Whether the file sends some requests on by another protocol than HTTP.
  private(set) var speaksOtherThanHTTP = false

  var names: Set<String> { Set(ports.keys) }

  /// Reads a site file; one that is not understood names none.
  init(_ site: [UInt8], in project: ComposeProject, for proxy: Container) {
    guard let file = try? NginxConfiguration(site, path: "") else { return }
    speaksOtherThanHTTP = file.directives.contains(where: \.passesOtherThanHTTP)
    let names = project.services.keys.sorted().flatMap { service in
      ColorHosts.names(of: service, project, isHere: proxy.isInHostNetwork).values.map {
        ($0, service)
      }
    }
    let services = Dictionary(names) { first, _ in first }
    for backend in NginxConfiguration.Directive(words: [], block: file.directives, line: 0).backends
    {
      let hosts = SiteText.hosts(in: backend[...])
      guard let service = hosts.lazy.compactMap({ services[$0] }).first else { continue }
      ports[service, default: []].formUnion(
        backend.split(separator: ":").dropFirst().prefix(1).compactMap { Int($0) })
    }
  }
}
