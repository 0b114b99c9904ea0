import DeployDSL

/// Makes sure, before anything is started, that the proxy can reach the services that the site file
/// names.
struct ProxyReach {
  let context: ActionContext
  let proxy: RunningProxy
  let project: ComposeProject

  private var application: Application { context.application }

  /// In the host's network, nginx reaches the colours by the ports that they publish: each needs its
  /// own.
  func coloursHavePorts(for site: [UInt8]) throws(DeployError) {
    guard proxy.isInHostNetwork else { return }
    // A name in /etc/hosts leads to a colour, too.
    let plain = ColorHosts(of: application, in: nil, for: nil)
    guard SiteText(site).colors(by: plain).isEmpty else { return }
    let ports = Color.allCases.map { published(by: application.serviceID($0)) }
    for (color, ports) in zip(Color.allCases, ports) where ports.isEmpty {
      let service = application.serviceID(color)
      throw DeployError(
        .plan,
        "\(service) does not publish a port on this machine, and \(application.proxy.nginx) can reach "
          + "it only by one: it is not in a Docker network",
        fix: "write `ports: [\"127.0.0.1:\(color == .blue ? 18081 : 18082):"
          + "\(project[service]?.firstPort ?? 3000)\"]` into \(service) in the Compose file"
      )
    }
    if let shared = ports[0].intersection(ports[1]).min(by: { $0.port < $1.port }) {
      throw DeployError(
        .plan,
        "\(application.blue) and \(application.green) both publish \(shared) on this machine: only one "
          + "of them can run, and nginx cannot tell them apart",
        fix: "publish another port for one of them in the Compose file")
    }
  }

  private func published(by service: ServiceID) -> Set<PublishedAddress> {
    Set((project[service]?.ports ?? []).filter(\.isTCP).compactMap(\.publishedAddress))
  }

  /// In Docker's networks, nginx finds a service by its name only if they share one.
  func sharesNetwork(with services: [ServiceID], named: Set<ServiceID>) throws(DeployError) {
    guard !proxy.networks.isEmpty else { return }
    for service in services where named.contains(service) {
      guard let own = project.networks(of: service), !own.isEmpty,
        own.isDisjoint(with: proxy.networks)
      else { continue }
      throw notShared(service, own)
    }
  }

  /// The networks of the active colour, on one of which the proxy reaches it.
  private func networksOfActive() -> Set<String> {
    guard let active = context.state.current.active else { return [] }
    return context.state.current.containers[application.serviceID(active)].main?.networks ?? []
  }

  /// - Parameter own: The networks of the service.
  func notShared(_ service: ServiceID, _ own: Set<String>) -> DeployError {
    let shared = proxy.networks.intersection(networksOfActive()).min() ?? proxy.networks.min()
    let wanted = own.union([shared].compactMap(\.self)).map { project.networks[$0] ?? $0 }.sorted()
    let foreign = shared.flatMap { project.networks[$0] == nil ? $0 : nil }
    return DeployError(
      .configuration,
      "\(application.proxy) cannot reach \(service): \(service) is on the network "
        + "\(own.sorted().joined(separator: ", ")), and \(application.proxy) on "
        + "\(proxy.networks.sorted().joined(separator: ", "))",
      fix:
        "write `networks: [\(wanted.joined(separator: ", "))]` into \(service) in the Compose file"
        + (foreign.map { ", and `networks: { \($0): { external: true } }` at its top level" } ?? "")
        + ", and run the plan again")
  }
}
