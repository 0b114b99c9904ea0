import DeployDSL

/// Makes sure, before anything is started, that the switch is complete: the plan starts every
/// service that the target's configuration sends requests to, and all their containers.
struct SiteCoverage {
  let context: ActionContext

  private var application: Application { context.application }

  func check() throws {
    // What an earlier run has switched is not rejected now.
    guard context.resumeState?.phase != .proved else { return }
    try nothingIsScaled()
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
    let others = mine.subtracting(application.services(target)).subtracting(
      [application.proxy.service].compactMap(\.self))
    let missing = others.subtracting(shared).sorted()
    guard missing.isEmpty else {
      let theirs = (named[target.other]?.names ?? []).subtracting(shared)
        .subtracting(application.services(target.other))
      throw uncovered(missing, target, counterparts: theirs.sorted())
    }
    try sharedRun(others.intersection(shared).sorted(), target)
  }

  /// What the proxy cannot reach by its name would answer no request.
  private func isInReach(_ target: Color, _ named: Set<String>) throws {
    let facts = context.state.current
    guard let proxy = facts.proxy?.running, let project = facts.project else { return }
    try ProxyReach(context: context, proxy: proxy, project: project)
      .sharesNetwork(with: application.services(target), named: named)
  }

  /// One container of a service is started, tested and stopped: others would be missed.
  private func nothingIsScaled() throws {
    let running = context.state.current.detected?.running ?? [:]
    for name in Color.allCases.flatMap(application.services) {
      guard let count = running[name], count > 1 else { continue }
      let reload = context.state.current.proxy.map {
        context.docker.reload($0.running.nginx).command.description
      }
      throw DeployError(
        .environment,
        "\(name) runs in \(count) containers (`docker compose up --scale`), and bgrun deploys one "
          + "container of a service: after the switch one would do the work of \(count), and the "
          + "others would be left running",
        fix:
          "leave one: `docker compose up -d --no-deps --no-recreate --scale \(name)=1 \(name)"
          + (reload.map { " && \($0)" } ?? "")
          + "`; for more, write a service for each and name them "
          + "with Deploy(…, workers:)")
    }
  }

  /// What belongs to the previous colour is stopped with it.
  private func staysNotBehind(_ mine: Set<String>, _ target: Color) throws {
    let old = application.workers.map { $0.service(target.other).name }.filter(mine.contains)
    guard let first = old.first else { return }
    throw DeployError(
      .configuration,
      "\(context.source(target)), the configuration for \(target), sends requests to "
        + "\(old.joined(separator: ", ")), which is stopped with \(target.other)",
      fix: "write \(counterpart(of: first) ?? "\(target)'s service") there instead of \(first)")
  }

  private func counterpart(of service: String) -> String? {
    application.workers.lazy.compactMap { worker in
      worker.blue.name == service
        ? worker.green.name : worker.green.name == service ? worker.blue.name : nil
    }.first
  }

  private func uncovered(
    _ missing: [String], _ target: Color, counterparts: [String]
  ) -> DeployError {
    let pairs = missing.map { name in (name, pair(name, target, among: counterparts)) }
    let alone = pairs.filter { $0.1 == nil }.map(\.0)
    let source = context.source(target)
    let message =
      "\(source) also sends requests to \(missing.joined(separator: ", ")), which this plan does not "
      + "start: those requests would fail after the switch"
    guard alone.isEmpty else {
      return DeployError(
        .plan, message,
        fix: "name \(alone.joined(separator: ", ")) in both \(application.site.blue) and "
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
  private func pair(_ name: String, _ target: Color, among counterparts: [String]) -> Worker? {
    let other =
      counterparts.first { $0 == name.replacing(target.rawValue, with: target.other.rawValue) }
      ?? (counterparts.count == 1 ? counterparts[0] : nil)
    guard let other else { return nil }
    let (blue, green) = target == .blue ? (name, other) : (other, name)
    return Worker(name, blue: blue, green: green)
  }

  /// A service that both colours share must be running.
  private func sharedRun(_ shared: [String], _ target: Color) throws {
    let facts = context.state.current
    for name in shared {
      let container = facts.containers[name]
      guard container?.isRunning == true else {
        throw DeployError(
          .environment,
          "\(context.source(target)) also sends requests to \(name), which is not running"
            + (container.map { ": it \($0.fate)" } ?? ""),
          fix: "start it: `docker compose up -d --no-deps \(name)`")
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
