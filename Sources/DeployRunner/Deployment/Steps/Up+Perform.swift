import DeployDSL

extension Up: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    try await context.startServices(of: role) { try await start($0, in: context) }
  }

  /// - Returns: Whether it was not already running.
  private func start(_ service: ServiceID, in context: ActionContext) async throws -> Bool {
    var before = context.state.current.containers[service] ?? []
    if context.mayServe(role), !before.running.isEmpty { return false }
    try await context.declare(
      .stopStarted(service: service, before: ContainerLives(before.map(ContainerLife.init))))
    let variables = context.withProfiles(environment, for: service)
    if build {
      let call = context.docker.build(
        service, arguments: Array(environment.keys), environment: variables)
      try await context.change(call, doing: "build the image of \(service)")
    }
    for index in before.indices where await context.isBeingStopped(before[index]) {
      try await context.letEnd(before[index])
      before[index].status = "exited"
    }
    if !before.running.isEmpty { try await letRequestsFinish(at: service, in: context) }
    let scale = context.scale(of: service)
    if let scale, let twin = context.application.counterpart(of: service) {
      context.note(
        "\(service) gets \(scale) containers: \(twin) has \(scale), and the Compose file names no "
          + "number")
    }
    noteMissingImage(of: service, in: context)
    context.state.update { _ = $0.starting.insert(service) }
    let isNamed = await isNamed(for: service, in: context)
    let call = context.docker.up(
      service, as: context.state.current.project?[service], scale: scale, environment: variables,
      image: isNamed ? nil : image,
      pulls: !isNamed)
    let reply = try await context.change(.call(call))
    context.state.update { _ = $0.starting.remove(service) }
    if let result = reply.printed, !result.succeeded {
      throw DockerErrorClassifier.failure(call, result, doing: "start \(service)")
    }
    return before.running.isEmpty || reply.value != .flag(false)
  }
}

extension Up {
  /// Whether the Compose file names the very image that is to be started: then it is started by its
  /// name, so that an everyday `docker compose up -d` leaves the container as it is.
  private func isNamed(for service: ServiceID, in context: ActionContext) async -> Bool {
    guard let image, context.state.current.project?[service]?.image == image.name else {
      return false
    }
    return await context.imageID(of: image.name) == image.id
  }

  /// Says in a dry run that the version to be deployed is not on the host yet.
  private func noteMissingImage(of service: ServiceID, in context: ActionContext) {
    guard context.asksForImage, !build, role == .target, !context.application.isWorker(service),
      let planned = context.state.current.detected?.planned, planned.id == nil
    else { return }
    let isBuilt = context.state.current.project?[service]?.build != nil
    context.note(
      "the host does not have the image \(planned.image): Compose \(isBuilt ? "builds" : "pulls") it"
    )
  }

  /// How long old proxy workers may take to finish requests to a running target.
  private static let patience: Duration = .seconds(30)

  /// Lets requests from before the previous switch finish: `up` may recreate the container that
  /// serves them.
  private func letRequestsFinish(at service: ServiceID, in context: ActionContext) async throws {
    let old = context.state.current.proxy?.draining ?? []
    guard role == .target, !old.isEmpty, !context.application.isWorker(service) else { return }
    let left = try await ProxySwitch(context: context).drain(old, upTo: Self.patience)
    guard left > 0 else { return }
    context.warn(
      "\(ProxyWorkers.stillServing(left)) requests that began before "
        + "the last switch: what \(service) still answers is cut when Compose recreates it")
  }
}

extension Start: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    if role == .target {
      try await WayBack(context: context).ensure(of: context.state.color(.target))
    }
    return try await context.startServices(of: role) { try await start($0, in: context) }
  }

  /// - Returns: Whether it was not already running.
  private func start(_ service: ServiceID, in context: ActionContext) async throws -> Bool {
    let containers = try await ComposeInspector(context: context).containers(of: service)
    guard !containers.isEmpty else {
      throw DeployError(
        .environment, "\(service) has no container that could be started",
        fix: "deploy that version: a rollback needs its container")
    }
    var ending: Set<String> = []
    for container in containers where await context.isBeingStopped(container) {
      ending.insert(container.id)
    }
    let stopped = containers.filter { !$0.isRunning || ending.contains($0.id) }
    guard !stopped.isEmpty else { return false }
    try await context.declare(
      .stopStarted(service: service, before: ContainerLives(containers.map(ContainerLife.init))))
    for container in stopped {
      if ending.contains(container.id) { try await context.letEnd(container) }
      try await context.change(context.docker.start(container.name), doing: "start \(service)")
    }
    return true
  }
}

extension ActionContext {
  /// Starts a role's services, one after the other.
  ///
  /// - Parameter start: Starts one; returns whether it was not already running.
  fileprivate func startServices(
    of role: Role, _ start: (ServiceID) async throws -> Bool
  ) async throws -> ActionOutcome {
    let services = try services(role)
    var started: [ServiceID] = []
    for service in services where try await start(service) { started.append(service) }
    return .done(
      started.isEmpty
        ? "\(services.text("is", "are")) already running"
        : "\(started.text) started")
  }

  /// Whether the proxy may already send requests to a role's service, because an earlier run had
  /// reached that phase: then it must not be recreated.
  func mayServe(_ role: Role) -> Bool {
    guard role == .target, let phase = resumeState?.state.phase else { return false }
    return phase != .untouched
  }
}

extension ContainerLife {
  init(_ container: Container) {
    self.init(
      id: container.id, startedAt: container.startedAt, wasRunning: container.isRunning)
  }
}
