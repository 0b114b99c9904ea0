import DeployDSL

extension Drain: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let site = ProxySwitch(context: context)
    let old = context.state.current.cutover.switched?.oldWorkers ?? []
    let left = try await site.drain(old, upTo: upTo)
    try await site.gatedTargetLives()
    context.state.update { $0.cutover.switched?.oldWorkers = [] }
    guard left > 0 else { return .done("old workers are gone") }
    let workers = "\(ProxyWorkers.old(left)) still \(left == 1 ? "serves" : "serve")"
    let previous = context.application.service(try context.state.color(.previous))
    switch atDeadline {
    case .keep:
      context.state.update {
        $0.cutover.switched?.keepsPrevious =
          "\(workers) requests that began before the switch"
      }
      context.warn(
        "\(workers) requests that began before the switch, \(upTo.forPeople) after it; \(previous) "
          + "is kept running: stop it later with `docker compose stop \(previous)`, or let "
          + "Drain(atDeadline: .cut) cut them")
    case .cut:
      context.warn(
        "\(workers) requests that began before the switch, \(upTo.forPeople) after it; stopping "
          + "\(previous) cuts them")
    }
    return .done(workers)
  }
}
