import DeployDSL

extension Pull: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let services = try context.services(role)
    for service in services {
      let call = context.docker.pull(
        service, environment: context.withProfiles(environment, for: service))
      let result = try await context.change(call)
      guard result.succeeded else { throw await failure(call, result, service, in: context) }
    }
    return .done("\(services.imagesText) pulled")
  }

  /// Why the pull failed, noting whether the image is available locally.
  private func failure(
    _ call: HostCall, _ result: CommandResult, _ service: ServiceID, in context: ActionContext
  ) async -> DeployError {
    var failure = DockerErrorClassifier.failure(
      call, result, doing: "pull the image of \(service)")
    guard failure.code == .command,
      let image = context.state.current.project?[service]?.image,
      await context.imageID(of: image, .verify) != nil
    else { return failure }
    let isUnknown = DockerErrorClassifier.isUnknownToRegistry(result)
    failure.message =
      "cannot pull the image of \(service): "
      + (isUnknown ? "no registry has \(image)" : "the registry did not provide \(image)")
      + ", but this machine has it"
    failure.fix =
      isUnknown
      ? "leave Pull(.\(role.rawValue)) out to deploy what is here, or rebuild it with "
        + "Build(.\(role.rawValue))"
      : "try again, or leave Pull(.\(role.rawValue)) out to deploy what is here"
    return failure
  }
}

extension Build: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let services = try context.services(role)
    for service in services {
      let call = context.docker.build(
        service, arguments: Array(arguments.keys),
        environment: context.withProfiles(environment.merging(arguments) { $1 }, for: service))
      try await context.change(call, doing: "build the image of \(service)")
    }
    return .done("\(services.imagesText) built")
  }
}

extension [ServiceID] {
  fileprivate var imagesText: String {
    (count == 1 ? "image of " : "images of ") + text
  }
}
