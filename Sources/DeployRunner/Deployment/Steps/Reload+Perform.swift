import DeployDSL

extension Reload: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let target = try context.state.color(.target)
    let proxy = ProxySwitch(context: context)
    let (before, _) = try await context.clock.both(proxy.beforeReload, proxy.gatedTargetLives)
    context.runStore.record(.oldWorkers(before.workers.sorted()))
    context.state.update { $0.detected?.proxy.silence = before.silence }
    let proof = try await proxy.reload(before, within: within)
    context.state.update {
      $0.cutover = .switched(.init(proof: proof, oldWorkers: before.workers))
    }
    if !context.isDryRun { context.emit(.interruptionMeans("go back to \(target.other)")) }
    try await proxy.gatedTargetLives()
    return .done(
      proof.status != nil ? "\(target) serves" : "\(target) is loaded, but no response proves it")
  }
}
