import DeployDSL

/// Makes sure, before anything is started, that the switch is complete: the plan starts every
/// service that the target's configuration sends requests to, and all their containers.
struct SiteCoverage {
  let context: ActionContext

  private var application: Application { context.application }

  func check() throws {
    // What an earlier run has switched is not rejected now.
    guard context.resumeState?.phase != .proved else { return }
    try replicasCanStart()
    guard let proxy = context.state.current.proxy else { return }
    let named = proxy.siteServices
    let target = try context.state.color(.target)
    // It is checked again when it is used.
    if let source = proxy.sources[target] {
      try ProxySwitch(context: context).means(target, source, from: application.source(target))
    }
    let mine = named[target]?.names ?? []
    let shared = mine.intersection(named[target.other]?.names ?? [])
    try staysNotBehind(mine, target)
    try isInReach(target, named[target]?.byName ?? [])
    let proxyService = application.proxy.service.map { ServiceID($0) }
    let others = mine.subtracting(application.serviceIDs(target))
      .subtracting([proxyService].compactMap(\.self))
    let missing = others.subtracting(shared).sorted()
    guard missing.isEmpty else {
      let theirs = (named[target.other]?.names ?? []).subtracting(shared)
        .subtracting(application.serviceIDs(target.other))
      throw uncovered(missing, target, counterparts: theirs.sorted())
    }
    try sharedRun(others.intersection(shared).sorted(), target)
  }

  /// What the proxy cannot reach by its name would answer no request.
  private func isInReach(_ target: Color, _ named: Set<ServiceID>) throws {
    let facts = context.state.current
    guard let proxy = facts.proxy?.running, let project = facts.project else { return }
    try ProxyReach(context: context, proxy: proxy, project: project)
      .sharesNetwork(with: application.serviceIDs(target), named: named)
  }

  /// Of a published port or a container's name there is only one.
  private func replicasCanStart() throws {
    let target = try context.state.color(.target)
    for service in application.serviceIDs(target) {
      let count = context.replicas(of: service)
      guard count > 1, let described = context.state.current.project?[service] else { continue }
      let fixed = described.ports?.first { ComposeProject.portNumber($0.published) != nil }
      let obstacle =
        described.containerName.map { "container_name: \($0)" }
        ?? fixed.map { "the published port \($0.published ?? "")" }
      guard let obstacle else { continue }
      let reason =
        described.replicas == nil
        ? "as many as \(application.counterpart(of: service).map { "\($0)" } ?? "") has running"
        : "as the Compose file says"
      throw DeployError(
        .plan,
        "\(service) is to run in \(count) containers, \(reason), but only one container can have "
          + obstacle,
        fix: "remove \(described.containerName == nil ? "`ports:`" : "`container_name:`") from "
          + "\(service) in the Compose file: nginx reaches it by its name; or set "
          + "`deploy: {replicas: 1}` there")
    }
  }

  /// What belongs to the previous colour is stopped with it.
  private func staysNotBehind(_ mine: Set<ServiceID>, _ target: Color) throws {
    let old = application.workers.map { $0.service(target.other) }.filter(mine.contains)
    guard let first = old.first else { return }
    throw DeployError(
      .configuration,
      "\(context.source(target)), the configuration for \(target), sends requests to "
        + "\(old.text), which is stopped with \(target.other)",
      fix:
        "write \(application.counterpart(of: first).map { "\($0)" } ?? "\(target)'s service") there instead of \(first)"
    )
  }

  private func uncovered(
    _ missing: [ServiceID], _ target: Color, counterparts: [ServiceID]
  ) -> DeployError {
    let pairs = missing.map { name in (name, pair(name, target, among: counterparts)) }
    let alone = pairs.filter { $0.1 == nil }.map(\.0)
    let source = context.source(target)
    let message =
      "\(source) also sends requests to \(missing.text), which this plan does not "
      + "start: those requests would fail after the switch"
    guard alone.isEmpty else {
      return DeployError(
        .plan, message,
        fix: "name \(alone.text) in both \(application.site.blue) and "
          + "\(application.site.green), or name a service for each colour and both with "
          + "Deploy(…, workers:)")
    }
    let list = application.workers.map(\.written) + pairs.compactMap(\.1?.written)
    return DeployError(
      .plan, message,
      fix: "deploy them together: Deploy(\"\(application.name)\", workers: "
        + "[\(list.joined(separator: ", "))], …); or give them a site file and a plan of their own")
  }

  /// Both services of a pair, one of which is the target's.
  private func pair(
    _ service: ServiceID, _ target: Color, among counterparts: [ServiceID]
  ) -> Worker? {
    let twin = service.name.replacing(target.rawValue, with: target.other.rawValue)
    let other =
      counterparts.first { $0.name == twin } ?? (counterparts.count == 1 ? counterparts[0] : nil)
    guard let other else { return nil }
    let (blue, green) = target == .blue ? (service, other) : (other, service)
    return Worker(service.name, blue: blue.name, green: green.name)
  }

  /// A service that both colours share must be running.
  private func sharedRun(_ shared: [ServiceID], _ target: Color) throws {
    let facts = context.state.current
    for name in shared {
      let container = facts.containers[name].main
      guard container?.isRunning == true else {
        throw DeployError(
          .environment,
          "\(context.source(target)) also sends requests to \(name), which is not running"
            + (container.map { ": it \($0.fate)" } ?? ""),
          fix: "start it: `\(application.composeLine("up -d --no-deps", name))`")
      }
      if container?.health == "unhealthy" {
        context.warn(
          "\(context.source(target)) also sends requests to \(name), which Docker reports as "
            + "unhealthy"
        )
      }
    }
  }
}

extension Worker {
  /// The worker as a plan specifies it.
  fileprivate var written: String {
    let stem = blue.name.hasSuffix("-blue") ? String(blue.name.dropLast("-blue".count)) : blue.name
    let usual = Worker(stem)
    return (usual.blue, usual.green) == (blue, green)
      ? "\"\(stem)\"" : "Worker(\"\(stem)\", blue: \"\(blue.name)\", green: \"\(green.name)\")"
  }
}
