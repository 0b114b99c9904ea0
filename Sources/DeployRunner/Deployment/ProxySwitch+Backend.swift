import DeployDSL

/// Checks where the site file sends requests before anything is switched.
extension ProxySwitch {
  private static let patience: Duration = .seconds(2)

  /// Makes sure that a source sends requests to its own colour: a file that nginx accepts can still
  /// be meaningless, for example empty.
  func means(_ target: Color, _ bytes: [UInt8], from source: String) throws {
    let service = application.serviceID(target)
    guard color(of: bytes) != target else { return }
    let named = SiteText(bytes).colors(by: hosts).map(application.serviceID)
    let found =
      named.isEmpty ? "no colour" : named.sorted().map(\.description).joined(separator: " and ")
    throw DeployError(
      .configuration, "\(source) should send requests to \(service), but names \(found)",
      fix: named.contains(service)
        ? "leave only \(service) in it: a switch goes from one colour to the other, not to both"
        : "write `server \(hosts.name(of: target, in: application)):PORT;` into its upstream",
      details: lines(naming: target.other, in: bytes, of: source))
  }

  /// The lines of a file that name a colour.
  private func lines(naming color: Color, in bytes: [UInt8], of source: String) -> [String] {
    bytes.split(separator: 10, omittingEmptySubsequences: false).enumerated()
      .compactMap { index, line in
        SiteText(Array(line)).colors(by: hosts).contains(color)
          ? "\(source):\(index + 1): \(String(decoding: line, as: UTF8.self))" : nil
      }
  }

  /// Makes sure that the target listens where the site file sends requests.
  ///
  /// The health check may have probed another port: clients would then get 502 until the reload's
  /// proof times out. The connection goes to the container's own address, which this machine may
  /// not reach: only a refused connection next to an open port of the same container is conclusive.
  /// A file that also names the known port may have reasons for the others.
  func targetListens(for bytes: [UInt8], from source: String) async throws {
    let target = try context.state.color(.target)
    let service = application.serviceID(target)
    guard let container = context.state.current.gated[service].main, let host = container.address,
      let known = try? Address(service: service, container: container, context: context)
        .containerPort()
    else { return }
    let ports = SiteText(bytes).ports(of: hosts[target])
    guard let first = ports.first, !ports.contains(known),
      try await isOpen(host, known) == true
    else { return }
    let deadline = context.clock.now() + Self.patience
    while try await areRefused(ports, host) {
      guard context.clock.now() < deadline else {
        throw DeployError(
          .configuration,
          "\(source) sends requests to \(service):\(first), where nothing listens",
          fix: "port \(known) is open: write that, or let the application listen on \(first)")
      }
      try await context.sleep(.milliseconds(500))
    }
  }

  /// Makes sure that the proxy and its new upstream share a network: otherwise nginx finds no
  /// address for the name, or an unreachable one.
  func targetIsInReach() throws {
    let target = try context.state.color(.target)
    let facts = context.state.current
    let proxy = try proxy().running
    guard !proxy.networks.isEmpty, let named = facts.proxy?.siteServices[target]?.byName else {
      return
    }
    for service in application.serviceIDs(target) where named.contains(service) {
      guard let container = facts.gated[service].main, !container.networks.isEmpty,
        container.networks.isDisjoint(with: proxy.networks)
      else { continue }
      let project = facts.project ?? ComposeProject(name: "", services: [:])
      throw ProxyReach(context: context, proxy: proxy, project: project)
        .notShared(service, container.networks)
    }
  }

  private func areRefused(_ ports: [Int], _ host: String) async throws -> Bool {
    for port in ports where try await isOpen(host, port) != false { return false }
    return true
  }

  /// Whether a port is open; `nil` if that is unknown.
  private func isOpen(_ host: String, _ port: Int) async throws -> Bool? {
    do {
      try await context.connect(host: host, port: port, timeout: Self.patience)
      return true
    } catch OperationError.refused {
      return false
    } catch is OperationError {
      return nil
    }
  }
}
