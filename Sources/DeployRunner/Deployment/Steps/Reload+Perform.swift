import DeployDSL

extension Reload: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let target = try context.state.color(.target)
    let proxy = ProxySwitch(context: context)
    async let observed = proxy.beforeReload()
    try await proxy.gatedTargetLives()
    let before = try await observed
    context.runStore.record(.oldWorkers(before.workers.sorted()))
    context.state.update { $0.silence = before.silence }
    let isProved = try await proxy.reload(before, within: within)
    context.state.update { facts in
      facts.phase = .proved
      facts.oldWorkers = before.workers
    }
    if !context.isDryRun { context.emit(.interruptionMeans("back to \(target.other)")) }
    try await proxy.gatedTargetLives()
    return .done(isProved ? "\(target) serves" : "\(target) is loaded, but no response proves it")
  }
}
