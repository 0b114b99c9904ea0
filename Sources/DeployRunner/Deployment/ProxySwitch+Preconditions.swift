import DeployDSL

/// What is checked again right before a step that cannot be undone.
extension ProxySwitch {
  /// The containers that passed the health check.
  private var allGated: [Container] {
    context.state.current.gated.sorted { $0.key < $1.key }.flatMap(\.value)
  }

  /// Makes sure that what passed the health check is still running and has not restarted.
  func gatedTargetLives() async throws {
    let gated = allGated
    guard !gated.isEmpty else { return }
    let containers = try await ComposeInspector(context: context).inspect(gated.map(\.id), .verify)
    for container in gated { try await checkLife(of: container, among: containers) }
  }

  /// How long a passed health check counts.
  private static let freshness: Duration = .seconds(5)
  /// How often the target is asked again at most: it was healthy before.
  private static let attempts = 3

  /// Makes sure that the target still answers if its health check was passed some time ago: an
  /// approval, or the steps since, may have taken long.
  func targetStillAnswers() async throws {
    guard !context.isDryRun, let passed = context.state.current.detected?.gatedAt,
      context.clock.now() - passed > Self.freshness
    else { return }
    let service = application.serviceID(try context.state.color(.target))
    for var gate in context.gates {
      gate.retries = min(gate.retries, Self.attempts)
      _ = try await HealthGate(context: context, step: gate, service: service).open()
    }
  }

  private func checkLife(of gated: Container, among containers: [Container]) async throws {
    if context.isDryRun { return }
    let now = containers.first { $0.id == gated.id }
    guard let now, now.isRunning, now.isSameLife(as: gated) else {
      let fate = now.map { $0.isRunning ? "was restarted" : $0.fate } ?? "was removed"
      throw DeployError(
        .unhealthy, "\(name(gated)) passed its health check, but then it \(fate)",
        fix: "see its log: `\(application.logLine(of: gated.name))`",
        details: await HealthGate.log(of: gated, in: context))
    }
  }

  /// The service, with the container's name if it has several.
  private func name(_ container: Container) -> String {
    let service = context.serviceID(of: container)
    return context.state.current.gated[service]?.count ?? 1 > 1
      ? "\(service) (\(container.name))" : "\(service)"
  }

  /// How long a proxy that has just started may take to show workers.
  private static let starting: Duration = .seconds(3)
  /// How long to watch for the workers of a reload that was requested just before.
  private static let settling: Duration = .seconds(1)

  /// Whether nginx may have loaded the target's site file although bgrun has not reloaded it:
  /// another process may have restarted or reloaded the proxy.
  ///
  /// Call this once the old content is restored: only then does the answer stay true. If it is
  /// unknown, nginx may have.
  func mayHaveBeenLoaded() async -> Bool {
    guard let proxy = context.state.current.proxy, !proxy.workers.isEmpty else { return false }
    // `nginx -s reload` returns before the master reads its files. A test that starts now reads the
    // same files, so it ends after such a reload, whose workers then show.
    let test = docker.testConfiguration(of: proxy.running.nginx)
    _ = try? await context.result(of: test, .verify)
    let began = context.clock.now()
    while true {
      let found = try? await workers(.verify)
      let accepting = Set((found?.accepting ?? []).map(\.pid))
      if !accepting.isSubset(of: proxy.workers) { return true }
      // A stopped proxy will load the old content.
      if context.state.current.doubt == .proxyDown { return false }
      let elapsed = context.clock.now() - began
      if !accepting.isEmpty, elapsed >= Self.settling { return false }
      guard elapsed < Self.starting else { return true }
      do { try await context.sleep(.milliseconds(250)) } catch { return true }
    }
  }

  /// Whether nginx may have read the site file before, or since, its last change: workers that accept
  /// requests started then. If it is unknown, nginx may have.
  func mayHaveRead(_ file: FileSnapshot, beforeItsChange isBefore: Bool) async -> Bool {
    guard let ages = try? await workers(.verify).accepting.map(\.age), let oldest = ages.max(),
      let youngest = ages.min()
    else { return context.state.current.doubt != .proxyDown }
    // Both ages may be in whole seconds.
    return isBefore
      ? oldest + .seconds(1) >= file.age : youngest <= file.age + .seconds(1)
  }

  /// Makes sure that the previous colour may be stopped: target and proxy are running, and the site
  /// file is still for the target.
  ///
  /// - Returns: The previous colour's current containers.
  func previousMayStop(_ previous: [Container]) async throws -> [Container] {
    let gated = allGated
    let (proxy, finder) = (try proxy().running, ProxyFinder(context: context))
    let containers = try await ComposeInspector(context: context).inspect(
      ([proxy.container].compactMap(\.self) + previous + gated).map(\.id))
    if let container = proxy.container {
      // A recreated one is a different container.
      if let now = containers.first(where: { $0.id == container.id }) {
        _ = try finder.running(now)
      }
    } else {
      try await finder.isSame(proxy)
    }
    for container in gated { try await checkLife(of: container, among: containers) }
    let kept = application.serviceID(try context.state.color(.previous))
    try await siteIsForTarget(else: "\(kept) is not stopped")
    return containers.filter { now in previous.contains { $0.id == now.id } }
  }

  /// The colour that the site file is for now; `nil` if it is unreadable or not for exactly one.
  ///
  /// - Parameter ifChanged: Whether to ignore a file that is unchanged since the start of the run:
  ///   the user may have overruled it.
  func siteColor(ifChanged: Bool) async throws -> Color? {
    guard case .file(let bytes) = try await context.read(application.site.file).content,
      !ifChanged || bytes != context.state.current.proxy?.siteBytes
    else { return nil }
    return color(of: bytes)
  }

  /// Makes sure that the site file still leads to the target: a user or another tool may have
  /// changed it since it was written.
  ///
  /// - Parameter consequence: What is not done otherwise, for the error.
  func siteIsForTarget(else consequence: String) async throws {
    guard !context.isDryRun else { return }
    let target = try context.state.color(.target)
    guard try await siteColor(ifChanged: false) == target else {
      throw DeployError(
        .interference,
        "\(application.site.file) was changed during this run and no longer leads to "
          + "\(application.serviceID(target)): \(consequence)",
        fix: "find what changes it, then run the plan again")
    }
  }
}
