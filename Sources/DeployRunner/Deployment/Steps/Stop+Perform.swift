import DeployDSL

extension Stop: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let services = try context.services(role)
    let names = services.text
    let switched = context.state.current.cutover.switched
    if role == .previous, switched?.oldWorkers.isEmpty == false {
      _ = try await Drain().perform(in: context)
    }
    if role == .target, [.reloading, .proved].contains(context.state.current.phase) {
      throw DeployError(
        .interference, "\(names) is not stopped: the proxy may serve it",
        fix: "stop it once the other colour serves")
    }
    if role == .previous, let kept = context.state.current.kept {
      for service in services {
        for container in context.state.current.containers[service]?.running ?? [] {
          context.runStore.record(
            .kept(service: "\(service)", container: ContainerLife(container), since: .now))
        }
      }
      return .skipped(
        "\(services.text("is", "are")) kept running: \(kept.reason); when they have ended, `bgrun resume PLAN` or the "
          + "next deploy stops it")
    }
    if role == .previous, try isStandby(in: context) {
      return .skipped(
        "\(services.text("keeps", "keep")) running: \(context.application.site.file) names "
          + "\(context.application.serviceID(try context.state.color(role))), too")
    }
    var known: [Container] = []
    if role == .previous {
      known = services.flatMap { context.state.current.containers[$0] ?? [] }
      known = try await ProxySwitch(context: context).previousMayStop(known)
      context.state.update { $0.cutover.commit() }
      if !context.isDryRun { context.emit(.interruptionMeans(nil)) }
    }
    var stopped: [String] = []
    for service in services {
      let its = known.filter { context.serviceID(of: $0) == service }
      let count = try await stop(service, its, in: context)
      if count > 0 { stopped.append("\(service)" + (count > 1 ? " (\(count) containers)" : "")) }
    }
    return .done(
      stopped.isEmpty
        ? "\(services.text("was", "were")) not running"
        : "\(stopped.joined(separator: ", ")) stopped")
  }

  /// Whether the target's configuration also names the previous colour, as a fallback.
  private func isStandby(in context: ActionContext) throws -> Bool {
    let (target, application) = (try context.state.color(.target), context.application)
    let named = context.state.current.proxy?.siteServices[target]?.names ?? []
    return named.contains(application.serviceID(target.other))
  }

  /// Stops the containers of a service.
  ///
  /// - Returns: How many there were to stop.
  fileprivate func stop(
    _ service: ServiceID, _ known: [Container], in context: ActionContext
  ) async throws -> Int {
    var containers = known
    // They may have been recreated since the run started.
    if containers.isEmpty {
      containers = try await ComposeInspector(context: context).containers(of: service)
    }
    containers.removeAll(where: \.isAtRest)
    try await context.clock.each(containers) { container in
      let grace = grace ?? container.stopTimeout ?? Self.usualGrace
      try await context.stop(container, grace: grace)
      try await isStopped(container, after: grace, in: context)
    }
    return containers.count
  }

  /// Makes sure that it has exited, and warns if it was killed.
  private func isStopped(
    _ container: Container, after grace: Duration, in context: ActionContext
  ) async throws {
    let now = try await context.ended(container)
    guard now?.exitCode == 137, now?.wasKilledForMemory == false else { return }
    context.warn(
      "\(context.serviceID(of: container)) did not end within \(grace.forPeople) after it was asked to, and was "
        + "killed: its unfinished work is lost; if its first process ignores SIGTERM, set "
        + "`init: true` in the Compose file or let it handle that signal; if it only needs "
        + "longer, give it more time with stop_grace_period there, or Stop(.\(role), grace:)")
  }
}

extension StopKept: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let known = await context.runStore.kept()
    let color = try context.state.color(.target)
    let containers = context.application.serviceIDs(color).flatMap { service in
      context.state.current.containers[service] ?? []
    }.filter { container in
      container.isRunning && known.contains { container.isSameLife(as: $0.container) }
    }
    let names = Set(containers.map(context.serviceID)).sorted().text
    guard !containers.isEmpty else { return .done("nothing was kept running") }
    let old = try ProxySwitch(context: context).proxy().draining
    guard old.isEmpty else {
      let reason =
        "\(ProxyWorkers.stillServing(old.count)) requests that began before the switch"
      context.state.update { $0.kept = .init(reason: reason, isPlanned: false) }
      return .skipped("\(names) is kept running: \(reason)")
    }
    for container in containers {
      _ = try await Stop(.target).stop(context.serviceID(of: container), [container], in: context)
    }
    return .done("\(names) stopped")
  }
}
