import DeployDSL

/// What is looked at again right before something that cannot be taken back.
extension ProxySwitch {
  /// Makes sure that what passed the gate still runs, in the same life.
  func gatedTargetLives() async throws {
    let gated = context.state.current.gated.values.sorted { $0.service < $1.service }
    guard !gated.isEmpty else { return }
    let containers = try await ComposeInspector(context: context).inspect(gated.map(\.id), .verify)
    for container in gated { try await checkLife(of: container, among: containers) }
  }

  private func checkLife(of gated: Container, among containers: [Container]) async throws {
    if context.isDryRun { return }
    let now = containers.first { $0.id == gated.id }
    guard let now, now.isRunning, now.isSameLife(as: gated) else {
      let fate = now.map { $0.isRunning ? "was restarted" : $0.fate } ?? "was removed"
      throw DeployError(
        .unhealthy, "\(gated.service) passed its health check, but then it \(fate)",
        fix: "see its log: `docker logs \(gated.name)`",
        details: await HealthGate.log(of: gated, in: context))
    }
  }

  /// How long a proxy that has just been started may take to show workers.
  private static let starting: Duration = .seconds(3)

  /// Whether nginx may have loaded the target's site file although no reload was asked for:
  /// somebody may have restarted or reloaded the proxy.
  ///
  /// Ask with the old content in place again: only then does the answer stay true. Where it cannot
  /// be told, it may have.
  func mayHaveBeenLoaded() async -> Bool {
    guard let known = context.state.current.proxy?.workers, !known.isEmpty else { return false }
    let until = context.clock.now() + Self.starting
    while true {
      let found = try? await workers(.verify)
      // One that does not run will load the old content.
      if context.state.current.doubt == .proxyDown { return false }
      let accepting = Set((found?.accepting ?? []).map(\.pid))
      if !accepting.isEmpty { return !accepting.isSubset(of: known) }
      guard context.clock.now() < until else { return true }
      do { try await context.sleep(.milliseconds(250)) } catch { return true }
    }
  }

  /// Makes sure that the previous colour may be stopped: target and proxy live, and the site file
  /// is still meant for the target.
  ///
  /// - Returns: the previous colour's containers as they are now.
  func previousMayStop(_ previous: [Container]) async throws -> [Container] {
    let gated = context.state.current.gated.values.sorted { $0.service < $1.service }
    let proxy = try proxy().container
    let containers = try await ComposeInspector(context: context).inspect(
      ([proxy] + previous + gated).map(\.id))
    // One that was made anew is another container.
    if let now = containers.first(where: { $0.id == proxy.id }) {
      _ = try ProxyInspector(context: context).running(now)
    }
    for container in gated { try await checkLife(of: container, among: containers) }
    let kept = application.service(try context.state.color(.previous))
    try await siteIsForTarget(else: "\(kept) is not stopped")
    return containers.filter { now in previous.contains { $0.id == now.id } }
  }

  /// The colour that the site file is for now; `nil` if it is no file or for none alone.
  ///
  /// - Parameter ifChanged: whether a file that is as the run found it counts as for none: a person
  ///   may have said that what it says is not so.
  func siteColor(ifChanged: Bool) async throws -> Color? {
    guard case .file(let bytes) = try await context.read(application.site.file).content,
      !ifChanged || bytes != context.state.current.proxy?.siteBytes
    else { return nil }
    return color(of: bytes)
  }

  /// Makes sure that the site file still leads to the target: a person or another tool may have
  /// changed it since it was written.
  ///
  /// - Parameter consequence: what is not so then, for the failure.
  func siteIsForTarget(else consequence: String) async throws {
    guard !context.isDryRun else { return }
    let target = try context.state.color(.target)
    guard try await siteColor(ifChanged: false) == target else {
      throw DeployError(
        .interference,
        "\(application.site.file) was changed during this run and no longer leads to "
          + "\(application.service(target)): \(consequence)",
        fix: "find what changes it, then run the plan again")
    }
  }
}
