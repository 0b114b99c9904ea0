public import DeployDSL

extension Deployer {
  /// Reads the status of an application; changes nothing.
  ///
  /// - Throws: ``/DeployDSL/DeployError`` if the host cannot be queried at all.
  public func status(of application: Application) async throws -> ApplicationStatus {
    if let refusal = await EnginePlace.refusal(by: executor) { throw refusal }
    let context = ActionContext.looking(at: application, by: executor, knowing: options.secrets)
    let state = try state(of: application)
    if let state { context.runStore.remember(state.journal) }
    let (project, containers) = try await ComposeInspector(context: context).projectAndContainers()
    context.state.update { $0.project = project }
    var status = ApplicationStatus(
      application: application.name,
      services: Color.allCases.flatMap { color in
        application.serviceIDs(color).map { Self.service($0, color, containers, in: context) }
      })
    do {
      try await DetectActive().detect(in: context)
      status.serving = context.state.current.active
      status.kept = await Self.kept(in: context)
      let answer = await ProxySwitch(context: context).throughProxy(.observe)
      let endpoint = context.state.current.proxy?.endpoint
      if context.state.current.proxy?.provingPath != nil { status.answer = answer.status }
      if let endpoint, !endpoint.isKnown {
        status.problem =
          "what clients receive is unknown: "
          + "\(endpoint.unknown(for: application.health, in: application)); "
          + endpoint.cure(for: application.health)
      }
      // A proxy that closes the connection (`return 444`) is running; one that does not answer may
      // not be.
      if let endpoint, endpoint.isKnown, answer.status == nil, !answer.isClosed {
        status.problem = "the proxy does not answer at \(endpoint): \(answer.text)"
      }
    } catch let failure as DeployError {
      // Another deploy cannot start then: what can is said with the obstacle.
      let isInterrupted = (try? state?.journal.interrupted()) != nil
      status.problem = isInterrupted ? failure.message : "\(failure)"
    }
    if let serving = status.serving {
      status.nextUp = await ComposeInspector(context: context).nextUp(serving: serving, containers)
    }
    if let state { try Self.look(at: state, &status) }
    if status.lock == nil, let lock = SwarmLock(of: application, by: executor) {
      status.lock = try? await lock.holder()?.sentence()
    }
    return status
  }

  /// What earlier runs have kept running of the previous colour and still runs.
  private static func kept(in context: ActionContext) async -> [ApplicationStatus.Kept] {
    let (facts, application) = (context.state.current, context.application)
    guard let active = facts.active else { return [] }
    let known = await context.runStore.kept()
    return application.serviceIDs(active.other).compactMap { service in
      let running = facts.containers[service]?.running ?? []
      let kept = known.first { kept in running.contains { $0.isSameLife(as: kept.container) } }
      guard let kept else { return nil }
      return ApplicationStatus.Kept(
        service: "\(service)", since: kept.since.iso, oldWorkers: facts.proxy?.draining.count ?? 0)
    }
  }

  private static func service(
    _ service: ServiceID, _ color: Color, _ containers: [Container], in context: ActionContext
  ) -> ApplicationStatus.Service {
    let own = containers.filter { context.serviceID(of: $0) == service }
    let container = own.main
    return ApplicationStatus.Service(
      color: color, service: service.name, project: service.project,
      replicas: context.state.current.project.flatMap {
        context.replicas(of: service, in: $0, own)
      },
      state: container?.status ?? "absent",
      restarts: own.first(where: \.isCrashing)?.restartCount, image: container?.image,
      version: container.map(Version.init), health: container?.health,
      startedAt: container?.startedAt, nodes: nodes(own))
  }

  private static func nodes(_ containers: [Container]) -> [ApplicationStatus.Node]? {
    let nodes = Dictionary(grouping: containers.filter { $0.node != nil }) { $0.node ?? "" }
      .sorted { $0.key < $1.key }.map { name, its in
        let running = its.running.count
        return ApplicationStatus.Node(name: name, running: running, others: its.count - running)
      }
    return nodes.isEmpty ? nil : nodes
  }

  func state(of application: Application) throws -> StateFolder? {
    guard let folder = options.stateFolder ?? executor.stateFolder else { return nil }
    return try StateFolder.existing(at: folder, application: application.name)
  }

  private static func look(at state: StateFolder, _ status: inout ApplicationStatus) throws {
    status.lock = try state.lock.holder?.sentence() ?? state.lock.freeze?.sentence()
    let isUnderWay = try state.lock.holder != nil
    if !isUnderWay { status.obstacle = obstacle(in: state) }
    var newest = try state.journal.newest()
    if isUnderWay, newest?.fate == .interrupted(nil) { newest?.fate = .running }
    status.lastRun = newest.map { summary in
      ApplicationStatus.Run(
        run: summary.run.text, started: summary.header?.started.iso ?? "",
        user: summary.header?.user ?? "", outcome: summary.status, isUndoing: summary.isUndoing,
        purpose: summary.purpose, versions: summary.versions)
    }
  }

  /// The reason why a deploy could not start.
  private static func obstacle(in state: StateFolder) -> ApplicationStatus.Obstacle? {
    do throws(DeployError) {
      guard let run = try state.journal.interrupted() else { return nil }
      let failure = LockError.interrupted(run).failure
      return .init(
        message: failure.message, fix: failure.fix, exitCode: LockError.exitCode)
    } catch {
      return .init(message: error.message, fix: error.fix, exitCode: 6)
    }
  }
}

extension Application {
  /// Stands for no application in particular, where only the machine is looked at.
  static var any: Application { Deploy("any") {}.application }
}

extension ActionContext {
  /// How many containers of a service run, and should; `nil` if one should, or if none runs: a
  /// colour is stopped by intention.
  func replicas(
    of service: ServiceID, in project: ComposeProject, _ containers: [Container]
  ) -> ApplicationStatus.Replicas? {
    let running = containers.running.count
    let wanted = max(project[service]?.replicas ?? 1, containers.count)
    return wanted > 1 && running > 0
      ? ApplicationStatus.Replicas(running: running, wanted: wanted) : nil
  }

  /// A read-only context outside of any run.
  ///
  /// - Parameters:
  ///   - interpolation: The variables that the plan's steps set for the Compose file.
  ///   - jobs: The services that the plan's jobs run.
  ///   - known: The values of secrets that were read elsewhere.
  static func looking(
    at application: Application, by executor: any Executor,
    interpolation: [String: EnvironmentValue] = [:], jobs: [String] = [],
    knowing known: [Secret: String] = [:]
  ) -> ActionContext {
    let clock = RunClock(executor.clock)
    let secrets = Secrets(known: known)
    let runStore = RunStore(clock: clock, secrets: secrets)
    return ActionContext(
      application: application, title: "status",
      docker: DockerCLI(application: application, interpolation: interpolation),
      state: DeploymentState(runStore), undo: RollbackLog(runStore), clock: clock, isDryRun: false,
      deadline: clock.now() + .seconds(60), saidActive: nil, executor: executor,
      secrets: secrets, runStore: runStore, node: nil, resumeState: nil, jobs: jobs,
      emit: { _ in })
  }
}
