import DeployDSL

extension Run: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let ending = context.ending?.environment(application: context.application.name) ?? [:]
    let command = Command(argv, environment: ending.merging(environment) { $1 }, input: input)
    let result = try await context.change(command, doing: "run \(argv.first ?? "")")
    return .done(context.summary(of: result))
  }
}

extension Exec: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let service =
      switch place {
      case .role(let role): try context.service(role)
      case .service(let name): name
      }
    let container = try await context.containerName(of: service)
    let result = try await context.change(
      context.docker.exec(container, argv), doing: "run \(argv.first ?? "") in \(service)")
    return .done(context.summary(of: result))
  }
}

extension Wait: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    try await context.sleep(time)
    return .done("")
  }
}

extension Print: Performable {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    context.note(message)
    return .done("")
  }
}

extension ActionContext {
  /// The last thing that a command printed, as far as a line of the record can hold it.
  fileprivate func summary(of result: CommandResult) -> String {
    secrets.redact(result.output.lastLine).truncated(toWidth: 200)
  }

  /// The name of a service's running container; in a dry run the one that it will have.
  func containerName(of service: String) async throws -> String {
    let survey = ComposeSurvey(context: self)
    if ledger.current.project == nil {
      let project = try await survey.project()
      ledger.update { $0.project = project }
    }
    if let container = try await survey.container(of: service) {
      if container.isRunning || isDryRun { return container.name }
      throw StepFailure(
        .command, "\(service) does not run: it \(container.fate)",
        fix: "start it before this step")
    }
    guard isDryRun, let project = ledger.current.project else {
      throw StepFailure(.command, "\(service) has no container", fix: "start it before this step")
    }
    return project.containerName(of: service)
  }
}
