public import DeployDSL

extension DeployRunner {
  /// Looks how an application is; changes nothing.
  ///
  /// - Throws: ``StepFailure`` if the host cannot be asked at all.
  public func status(of application: Application) async throws -> ApplicationStatus {
    if let refusal = await EnginePlace.refusal(by: executor) { throw refusal }
    let context = ActionContext.looking(at: application, by: executor)
    let state = try state(of: application)
    if let state { context.keeping.remember(state.journal) }
    let (project, containers) = try await ComposeSurvey(context: context).projectAndContainers()
    context.ledger.update { $0.project = project }
    var status = ApplicationStatus(
      application: application.name,
      services: Color.allCases.flatMap { color in
        application.services(color).map { Self.service($0, color, containers) }
      })
    do {
      try await DetectActive().detect(in: context)
      status.serving = context.ledger.current.active
      let answer = await Switch(context: context).throughProxy(.observe)
      let endpoint = context.ledger.current.proxy?.endpoint
      if endpoint?.isAnswered(for: application.health) == true { status.answer = answer.status }
      if let endpoint, !endpoint.isKnown {
        status.problem =
          "what clients get is not known: \(endpoint.unknown(for: application.health, in: application)); "
          + endpoint.cure(for: application.health)
      }
      // One that closes the connection (`return 444`) is there; who says nothing may be not.
      if let endpoint, endpoint.isKnown, answer.status == nil,
        !answer.text.contains("closed without an answer")
      {
        status.problem = "the proxy does not answer at \(endpoint): \(answer.text)"
      }
    } catch let failure as StepFailure {
      status.problem = "\(failure)"
    }
    if let state { try Self.look(at: state, &status) }
    return status
  }

  /// What Compose says of the project that an application is part of; changes nothing.
  ///
  /// - Throws: ``StepFailure`` if Compose cannot be asked, or does not take the Compose file.
  package func composeProject(of application: Application) async throws -> ComposeProject {
    try await ComposeSurvey(context: .looking(at: application, by: executor)).read()
  }

  private static func service(
    _ name: String, _ color: Color, _ containers: [Container]
  ) -> ApplicationStatus.Service {
    let own = containers.filter { $0.service == name }
    let container = own.first(where: \.isRunning) ?? own.first
    return ApplicationStatus.Service(
      color: color, service: name, state: container?.status ?? "absent", image: container?.image,
      health: container?.health, startedAt: container?.startedAt)
  }

  private func state(of application: Application) throws -> StateFolder? {
    guard let folder = options.stateFolder ?? executor.stateFolder else { return nil }
    return try StateFolder.existing(at: folder, application: application.name)
  }

  private static func look(at state: StateFolder, _ status: inout ApplicationStatus) throws {
    status.lock = try state.lock.holder?.sentence() ?? state.lock.freeze?.sentence()
    status.lastRun = try state.history().first.map { summary in
      ApplicationStatus.Run(
        run: summary.run.text, started: summary.header?.started.iso ?? "",
        user: summary.header?.user ?? "", outcome: summary.outcome, isUndoing: summary.isUndoing)
    }
  }
}

extension ActionContext {
  /// A context for those who only look, outside of any run.
  static func looking(at application: Application, by executor: any Executor) -> ActionContext {
    let clock = RunClock(executor.clock)
    let keeping = Keeping(clock: clock)
    return ActionContext(
      application: application, title: "status", docker: DockerCLI(application: application),
      ledger: Ledger(keeping), undo: UndoLog(keeping), clock: clock, isDryRun: false,
      deadline: clock.now() + .seconds(60), saidActive: nil, executor: executor,
      secrets: Secrets(), keeping: keeping, node: nil, resumption: nil, emit: { _ in })
  }
}

extension JournalSummary {
  /// How the run ended, as a person would say it.
  package var outcomeForPeople: String {
    RunReport.Outcome(rawValue: outcome)?.text ?? outcome
  }

  /// How the run ended, in a word.
  package var outcome: String {
    switch fate {
    case .ended(let end): end.outcome.rawValue
    case .neverStarted: "never started"
    case .unfinished: "cut off"
    case .left(let end):
      end.outcome == .rollbackFailed && isUndoing ? end.outcome.rawValue : "half done"
    case .running: "running"
    case .resolved: "settled"
    case .damaged: "damaged"
    }
  }
}
