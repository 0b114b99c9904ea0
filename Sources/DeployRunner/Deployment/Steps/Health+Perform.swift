import DeployDSL

extension Health: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let color = try context.state.color(role)
    let known = context.versions
    let service = context.application.serviceID(color)
    var healthy = [try await pass(service, step: self, in: context)]
    for worker in context.application.workers {
      healthy.append(
        try await pass(worker.service(color), step: gate(of: worker), in: context))
    }
    if context.versions != known { context.emit(.versions(context.versions)) }
    return .done(healthy.joined(separator: ", "))
  }

  /// The same retries with another probe.
  private func gate(of worker: Worker) -> Health {
    var step = self
    step.check = worker.health
    (step.host, step.route) = (nil, .automatic)
    if worker.health == .automatic {
      // A container that is running now may crash in a moment.
      step.successes = max(step.successes, 2)
      let patience = (step.every * step.retries).inSeconds
      step.every = min(step.every, .seconds(1))
      let attempts = (patience / step.every.inSeconds).rounded(.up)
      step.retries = max(step.retries, Int(attempts))
    }
    return step
  }

  /// Probes every container of a service.
  private func pass(
    _ service: ServiceID, step: Health, in context: ActionContext
  ) async throws -> String {
    let gate = HealthGate(context: context, step: step, service: service)
    let (containers, answer) = try await gate.open()
    let known = context.state.current.containers[service] ?? []
    for container in containers
    where known.contains(where: { container.isSameLife(as: $0) }) {
      guard await context.isBeingStopped(container) else { continue }
      throw DeployError(
        .unhealthy, "\(service) is healthy, but is being stopped",
        fix: "wait until it has ended (`docker wait \(container.name)`), then run the plan again")
    }
    if role == .target, !containers.isEmpty {
      context.state.update {
        $0.detected?.gated[service] = containers
        $0.detected?.gatedAt = context.clock.now()
      }
    }
    let count =
      containers.count > 1 ? " (\(containers.count) of \(containers.count) containers)" : ""
    return "\(service) is healthy: \(answer)\(count)"
  }
}
