import DeployDSL

extension Pull: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let services = try context.services(role)
    for service in services {
      let command = context.docker.pull(service, environment: context.withProfiles(environment))
      let result = try await context.change(command)
      guard result.succeeded else { throw await failure(command, result, service, in: context) }
    }
    return .done("\(services.imagesText) pulled")
  }

  /// Why it could not be pulled: an image that is here is not missing.
  private func failure(
    _ command: Command, _ result: CommandResult, _ service: String, in context: ActionContext
  ) async -> DeployError {
    var failure = DockerErrorClassifier.failure(
      command, result, doing: "pull the image of \(service)")
    guard failure.code == .command,
      let image = context.state.current.project?.services[service]?.image,
      let found = try? await context.check(context.docker.image(image)), found.succeeded
    else { return failure }
    let isUnknown = ["pull access denied", "manifest unknown", "manifest for", "not found"]
      .contains { result.errors.contains($0) }
    failure.message =
      "cannot pull the image of \(service): "
      + (isUnknown ? "no registry has \(image)" : "the registry did not give \(image)")
      + ", but this machine has it"
    failure.fix =
      isUnknown
      ? "leave Pull(.\(role.rawValue)) out to deploy what is here, or make it anew with "
        + "Build(.\(role.rawValue))"
      : "try again, or leave Pull(.\(role.rawValue)) out to deploy what is here"
    return failure
  }
}

extension Build: PerformableStep {
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
