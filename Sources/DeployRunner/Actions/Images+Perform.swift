import DeployDSL

extension Pull: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let services = try context.services(role)
    for service in services {
      try await context.change(
        context.docker.pull(service, environment: context.withProfiles(environment)),
        doing: "pull the image of \(service)")
    }
    return .done("\(services.imagesText) pulled")
  }
}

extension Build: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let services = try context.services(role)
    for service in services {
      let command = context.docker.build(
        service, arguments: Array(arguments.keys),
        environment: context.withProfiles(environment.merging(arguments) { $1 }))
      try await context.change(command, doing: "build the image of \(service)")
    }
    return .done("\(services.imagesText) built")
  }
}

extension [String] {
  fileprivate var imagesText: String {
    (count == 1 ? "image of " : "images of ") + joined(separator: ", ")
  }
}
