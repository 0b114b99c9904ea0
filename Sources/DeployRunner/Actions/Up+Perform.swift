import DeployDSL

extension Up: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let service = try context.service(role)
    let before = context.ledger.current.containers[service]
    context.undo.declare(.stopStarted(service: service, before: before))
    if build {
      let command = context.docker.build(
        service, arguments: Array(environment.keys), environment: environment)
      try await context.change(command, doing: "build the image of \(service)")
    }
    context.ledger.update { _ = $0.starting.insert(service) }
    let command = context.docker.up(service, environment: environment)
    let result = try await context.change(command)
    context.ledger.update { _ = $0.starting.remove(service) }
    guard result.succeeded else {
      throw DockerTrouble.failure(command, result, doing: "start \(service)")
    }
    return .done("\(service) started")
  }
}
