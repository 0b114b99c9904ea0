import DeployDSL

extension Reload: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let target = try context.ledger.color(.target)
    let proxy = Switch(context: context)
    async let observed = proxy.beforeReload()
    try await proxy.gatedTargetLives()
    let before = try await observed
    context.keeping.record(.oldWorkers(before.workers.sorted()))
    try await proxy.reload(before, within: within)
    context.ledger.update { $0.phase = .proved }
    let left = try await proxy.drain(before.workers, upTo: drain)
    try await proxy.gatedTargetLives()
    guard left > 0 else { return .done("\(target) serves, old workers are gone") }
    let workers =
      left == 1 ? "1 old nginx worker still serves" : "\(left) old nginx workers still serve"
    let previous = context.application.service(target.other)
    switch atDeadline {
    case .keep:
      context.ledger.update {
        $0.keepsPrevious = "\(workers) requests that began before the switch"
      }
      context.warn(
        "\(workers) requests that began before the switch, \(drain.forPeople) after it; \(previous) "
          + "is kept running: stop it later with `docker compose stop \(previous)`, or let "
          + "Reload(atDeadline: .cut) cut them")
    case .cut:
      context.warn(
        "\(workers) requests that began before the switch, \(drain.forPeople) after it; stopping "
          + "\(previous) cuts them")
    }
    return .done("\(target) serves, \(workers)")
  }
}
