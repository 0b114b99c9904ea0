import DeployDSL

/// Whether there is a version to roll back to: that needs a container for every service of its
/// colour, and none that was created for a version that never became active.
struct WayBack {
  let context: ActionContext

  /// What to do without the previous version's container.
  private static let others =
    "choose an earlier version (`bgrun rollback PLAN --list`, then `--to RUN`), or deploy the "
    + "version that you want"

  private var application: Application { context.application }

  /// Makes sure that every service of a colour can be started as it was, before any is.
  func ensure(of color: Color) async throws {
    for service in application.serviceIDs(color) {
      if let failure = await obstacle(service, of: color) { throw failure }
    }
  }

  /// Whether every service of a colour can be started as it was.
  func isOpen(to color: Color) async -> Bool {
    for service in application.serviceIDs(color) where await obstacle(service, of: color) != nil {
      return false
    }
    return true
  }

  private func obstacle(_ service: ServiceID, of color: Color) async -> DeployError? {
    let main = application.serviceID(color)
    let containers = context.state.current.containers[service] ?? []
    guard !containers.isEmpty else {
      if service == main {
        return DeployError(
          .environment, "\(service) has no container that could be started",
          fix: Self.others)
      }
      return DeployError(
        .environment,
        "\(service) has no container, so \(main) cannot be rolled back to: that version was deployed "
          + "without this worker, or its container was removed",
        fix:
          "\(Self.others); or remove the worker from Deploy(…, workers:) to roll back without it")
    }
    for container in containers {
      if let failure = await obstacle(container, service, of: color) { return failure }
    }
    return nil
  }

  private func obstacle(
    _ container: Container, _ service: ServiceID, of color: Color
  ) async -> DeployError? {
    if container.isRunning, await !context.isBeingStopped(container) { return nil }
    if ["dead", "removing", "created"].contains(container.status) {
      return DeployError(
        .environment, "\(service) cannot be started again: it \(container.fate)",
        fix: "\(Self.others); see `docker inspect \(container.name)`")
    }
    guard let run = await failedMaker(of: container, service, in: color) else { return nil }
    return DeployError(
      .environment,
      "the container of \(service) was created by run \(run), which did not make it active: it is "
        + "not the previous version",
      fix: Self.others)
  }

  /// An unreadable journal does not prevent a rollback.
  private func failedMaker(
    of container: Container, _ service: ServiceID, in color: Color
  ) async -> RunID? {
    do {
      return try await context.runStore.failedMaker(of: container, service, in: color)
    } catch {
      let warning = "whether \(container.name) was ever live is unknown: \(error.message)"
      if !context.state.current.warnings.contains(warning) { context.warn(warning) }
      return nil
    }
  }

  /// Warns at the end of a run that leaves no version to roll back to: `rollback` itself would say
  /// so too late.
  func warnIfLost() async {
    let facts = context.state.current
    guard let active = facts.active, facts.hasChanged, facts.phase != .reloading else { return }
    // After a switch the previous colour is the way back, otherwise the target's old version.
    let color = facts.serving == active ? active.other : active
    let services = application.serviceIDs(color)
    // A first deploy has nothing to roll back to, and needs no warning.
    guard facts.containers[services[0]] != nil else { return }
    if facts.phase != .proved {
      for service in services where await obstacle(service, of: color) != nil { return }
    }
    for service in services {
      do {
        let now = try await ComposeInspector(context: context).container(of: service)
        let known = facts.containers[service] ?? []
        if let now, known.contains(where: { isSame($0, now) }) { continue }
        context.warn(
          "`bgrun rollback` has no previous version now: "
            + (now == nil
              ? "\(service) has no container" : "this run has replaced the container of \(service)")
            + "; to roll back, \(Self.others)")
      } catch {
        // If the state cannot be read, nothing is reported as lost.
      }
      return
    }
    await warnIfSame()
  }

  /// Whether a container is the one that was there when the run began; on a Swarm, whether its
  /// service would start the same version again.
  private func isSame(_ known: Container, _ now: Container) -> Bool {
    known.id == now.id || application.swarm != nil && known.image == now.image
  }

  /// Says, before anything is started, that a deploy uses up the way back for a version that is
  /// already live.
  func noteIfSame() {
    guard context.pinned == nil, !context.startsExisting,
      case let change = context.versions, let from = change.from, let to = change.to,
      from.image == to.image, !to.isUnversioned, let lost = lost(for: from)
    else { return }
    context.note(
      "\(to.text) is live already: deploying it again replaces the container of "
        + "\(Version(lost).text), to which `bgrun rollback` goes now")
  }

  /// Warns that a rollback leads to the version that is live: it was deployed again.
  private func warnIfSame() async {
    let change = context.versions
    guard context.state.current.phase == .proved, !context.startsExisting, let from = change.from,
      let id = from.id, id == change.to?.id, let lost = lost(for: from)
    else { return }
    let version = Version(lost)
    var isKept = false
    if let id = version.id { isKept = await context.imageID(of: id) != nil }
    context.warn(
      "\(from.text) was live already: `bgrun rollback` now goes back to the same version; "
        + (isKept
          ? "for \(version.text): `bgrun rollback PLAN --to \(version.shortID ?? version.name)`"
          : "to go back to \(version.text), deploy it"))
  }

  /// The target's container from before the run, if it runs another version than the active one.
  private func lost(for active: Version) -> Container? {
    let facts = context.state.current
    guard let color = facts.active?.other,
      let container = facts.containers[application.serviceID(color)].main,
      container.imageID != active.id
    else { return nil }
    return container
  }
}
