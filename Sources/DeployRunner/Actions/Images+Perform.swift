import DeployDSL

extension Pull: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let service = try context.service(role)
    try await context.change(
      context.docker.pull(service, environment: environment),
      doing: "pull the image of \(service)")
    return .done("image of \(service) pulled")
  }
}

extension Build: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let service = try context.service(role)
    let command = context.docker.build(
      service, arguments: Array(arguments.keys),
      environment: environment.merging(arguments) { $1 })
    try await context.change(command, doing: "build the image of \(service)")
    return .done("image of \(service) built")
  }
}
