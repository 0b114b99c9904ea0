import DeployDSL

extension Health: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let service = try context.service(role)
    let gate = HealthGate(context: context, step: self, service: service)
    let (container, answer) = try await gate.open()
    if role == .target, let container {
      context.ledger.update { $0.gated = container }
    }
    return .done("\(service) is healthy: \(answer)")
  }
}
