import DeployDSL

extension Drain: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let site = ProxySwitch(context: context)
    let old = context.state.current.cutover.switched?.oldWorkers ?? []
    let previous = context.application.serviceID(try context.state.color(.previous))
    if !old.isEmpty, !context.isDryRun { context.emit(.deadline(context.clock.now() + upTo)) }
    let left = try await site.drain(old, upTo: upTo)
    // Nothing is cut for a target that does not run.
    try await site.gatedTargetLives()
    context.state.update { $0.cutover.switched?.oldWorkers = [] }
    if context.isDryRun { foretell(previous, in: context) }
    guard left > 0 else { return .done("old workers are gone") }
    if atDeadline == .cut { return .done(try await cut(old, left, site)) }
    let workers = ProxyWorkers.stillServing(left)
    let reason = "\(workers) requests that began before the switch"
    context.state.update { $0.kept = .init(reason: reason, isPlanned: atDeadline == .keep) }
    if atDeadline == nil {
      context.warn(
        "\(reason), \(upTo.forPeople) after it; \(previous) is kept running: when they have ended, "
          + "`bgrun resume PLAN` stops it. If clients hold long connections, decide in the plan: "
          + "Drain(atDeadline: .cut) ends them at the deadline, Drain(atDeadline: .keep) keeps "
          + "\(previous) for them, and the deploy succeeds")
    }
    return .done(workers)
  }

  /// Ends the old workers; returns what was done.
  private func cut(_ old: Set<Int>, _ count: Int, _ site: ProxySwitch) async throws -> String {
    let left = try await site.end(old)
    if left > 0 {
      site.context.warn(
        "\(ProxyWorkers.old(left)) could not be ended: stopping the previous version cuts "
          + "\(left == 1 ? "its" : "their") connections to it")
    }
    return "cut the connections of \(ProxyWorkers.old(count)) after \(upTo.forPeople)"
  }

  private func foretell(_ previous: ServiceID, in context: ActionContext) {
    switch atDeadline {
    case .cut:
      context.note("old nginx workers that still serve requests after \(upTo.forPeople) are ended")
    case .keep:
      context.note(
        "if old nginx workers still serve requests after \(upTo.forPeople), \(previous) is kept "
          + "running")
    case nil: break
    }
  }
}
