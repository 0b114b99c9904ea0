import DeployDSL

extension Run: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    var context = context
    if machine == .controller {
      if context.isDryRun { context.note("runs where bgrun is started") }
      if let controller = context.controller { context.executor = controller }
    }
    let command = context.command(argv, environment: environment, input: input)
    return .done(context.summary(of: try await context.run(command)))
  }
}

extension StepGraph {
  /// The commands of `Run(…, on: .controller)`, as a run asks for them, without the secrets that are
  /// read on the host.
  package var controllerCommands: [Command] {
    let docker = DockerCLI(graph: self)
    func commands(_ nodes: [Node], under guards: [Guard]? = nil) -> [Command] {
      nodes.flatMap { node -> [Command] in
        let guards = guards ?? node.guards
        let undo = commands(node.undo ?? [], under: guards)
        guard let run = node.step as? Run, run.machine == .controller else { return undo }
        let environment = docker.environment(forCommandsUnder: guards)
          .merging(run.environment) { $1 }
          .filter { !$0.value.secrets.contains { $0.machine == .host } }
        return [Command(run.argv, environment: environment, input: run.input)] + undo
      }
    }
    return commands(nodes) + commands(onFailure, under: [])
  }
}

extension Exec: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let service =
      switch place {
      case .role(let role): try context.service(role)
      case .service(let name): try context.service(named: name)
      }
    let program = ContainerProgram(
      argv: argv, container: try await context.containerName(of: service), context: context)
    try await program.waitForEarlier()
    return .done(context.summary(of: try await program.run(in: service)))
  }
}

extension Wait: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    try await context.sleep(time)
    return .done("")
  }
}

extension Print: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    context.note(message)
    return .done("")
  }
}

extension ActionContext {
  /// The last line of a command's output, shortened to fit a journal record.
  func summary(of result: CommandResult) -> String {
    secrets.excerpt(result.output.lastLine)
  }

  /// The service that a plan means by a name alone.
  ///
  /// - Throws: ``DeployError`` if both colours have one of that name.
  func service(named name: String) throws -> ServiceID {
    let found = application.services(named: name)
    guard found.count > 1 else { return found.first ?? ServiceID(name) }
    throw DeployError(
      .plan, "\(name) is ambiguous: \(found.map(\.description).joined(separator: " and "))",
      fix: "name a role: Exec(.target, …)")
  }

  /// The name of a service's running container; in a dry run, its expected name.
  func containerName(of service: ServiceID) async throws -> String {
    let project = try await project()
    if let container = try await ComposeInspector(context: self).container(of: service) {
      if container.isRunning || isDryRun { return container.name }
      throw DeployError(
        .command, "\(service) is not running: it \(container.fate)",
        fix: "start it before this step")
    }
    guard isDryRun else {
      throw DeployError(.command, "\(service) has no container", fix: "start it before this step")
    }
    return project.containerName(of: service)
  }

  /// The Compose project, read unless a step has done so.
  func project() async throws -> ComposeProject {
    if let project = state.current.project { return project }
    let project = try await ComposeInspector(context: self).project()
    state.update { $0.project = project }
    return project
  }
}
