import DeployDSL

/// Undoes what a run did, last first, each undo with its own time limit.
struct Rollback: Sendable {
  /// The time limit of one undo.
  static let timeout: Duration = .seconds(120)
  /// How long the engine may take to carry out what an interrupted client had requested.
  private static let settling: Duration = .seconds(3)
  /// The time limit of one command, so that a hanging one can be retried.
  private static let commandTimeout: Duration = .seconds(40)
  /// How long to retry a command that the engine rejects.
  private static let patience: Duration = .seconds(20)

  let base: ActionContext
  /// The plan's health checks of the target: the previous version must pass them as well.
  var gates: [Health] = []

  /// Undoes every declared change.
  ///
  /// If the proxy cannot be switched back, whatever it may serve keeps running, and the rest with
  /// it.
  func run() async -> [UndoReport] {
    var reports: [UndoReport] = []
    for entry in inOrder {
      let undo = entry.undo
      var context = base
      context.deadline = base.clock.now() + Self.timeout + bootTime(for: undo)
      if Self.mayRepeat(undo) { context.commandTimeout = Self.commandTimeout }
      guard await isNeeded(undo, in: context) else {
        base.runStore.record(.undoFinished(id: entry.id, failure: nil))
        continue
      }
      base.runStore.record(.undoStarted(id: entry.id))
      base.emit(.undoStarted(undo.summary))
      var failure: DeployError?
      do {
        if Self.mayRepeat(undo) {
          try await Self.patiently(undo.summary, in: context, mayPass: Self.mayPass) {
            try await perform(undo, in: context)
          }
        } else {
          try await perform(undo, in: context)
        }
      } catch let error as DeployError {
        failure = error
      } catch {
        failure = DeployError(.code, "\(undo.summary) failed: \(error)")
      }
      if let failure, DockerErrorClassifier.isEngineAway(failure) {
        base.state.update { $0.add(.engineAway) }
      }
      base.runStore.record(
        .undoFinished(id: entry.id, failure: failure.map { "\($0)" }))
      base.emit(.undoFinished(undo.summary, failure: failure))
      reports.append(UndoReport(what: undo.summary, failure: failure))
      if failure != nil, case .restoreSite = undo { break }
    }
    return reports
  }

  /// The undos, last first; but a file for Compose follows the proxy: while the target stays live,
  /// an everyday `docker compose up -d` must leave it as it is.
  private var inOrder: [RollbackLog.Entry] {
    var entries = base.undo.inReverse
    let site = entries.lastIndex { if case .restoreSite = $0.undo { true } else { false } }
    guard let site else { return entries }
    let isText = { (entry: RollbackLog.Entry) in
      switch entry.undo {
      case .restoreText, .restoreFile: true
      default: false
      }
    }
    let texts = entries[..<site].filter(isText)
    entries.insert(contentsOf: texts, at: site + 1)
    entries[..<site].removeAll(where: isText)
    return entries
  }

  /// How long the previous version may take to boot, according to its health check.
  private func bootTime(for undo: RollbackAction) -> Duration {
    guard case .restoreSite(let color, _, _) = undo else { return .zero }
    let containers = base.state.current.containers
    return base.application.serviceIDs(color)
      .reduce(.zero) { $0 + (containers[$1].main?.healthCheck?.startPeriod ?? .zero) }
  }

  /// Whether there is anything left to undo.
  private func isNeeded(_ undo: RollbackAction, in context: ActionContext) async -> Bool {
    switch undo {
    case .restoreSite:
      // What nginx rejected was restored at once.
      return ![.untouched, .restored].contains(base.state.current.phase)
    case .stopStarted(let service, let before?) where before.all.contains(where: \.wasRunning):
      // What was running before and still is stays as it is.
      let now = try? await ComposeInspector(context: context).containers(of: service)
      guard let now, !now.isEmpty else { return true }
      return now.contains { container in
        !before.isUntouched(container)
          && !(container.isAtRest && before[container]?.wasRunning == false)
      }
    default: return true
    }
  }

  /// Retries `body` while the engine is unavailable, because it may be restarting, and for a while
  /// if the error may be temporary.
  static func patiently(
    _ what: String, in context: ActionContext, mayPass: (DeployError) -> Bool,
    _ work: () async throws -> Void
  ) async throws {
    let began = context.clock.now()
    let end = context.deadline ?? began
    var (said, wasAway, since): (String?, Bool, Duration) = (nil, false, began)
    var pause: Duration = .milliseconds(500)
    while true {
      do {
        return try await work()
      } catch let failure as DeployError {
        let isAway = DockerErrorClassifier.isEngineAway(failure)
        if isAway { (wasAway, since) = (true, context.clock.now()) }
        // An engine that has just started may not have started everything yet.
        let isPassing = mayPass(failure) || wasAway && failure.code == .environment
        let until = isAway ? end : min(end, since + patience)
        guard isAway || isPassing, context.clock.now() + pause < until else { throw failure }
        if said != failure.message { context.note("\(what), retrying: \(failure.message)") }
        said = failure.message
        try await context.sleep(pause)
        pause = min(pause * 2, .seconds(4))
      }
    }
  }

  /// Whether an undo can be repeated: custom code cannot.
  private static func mayRepeat(_ undo: RollbackAction) -> Bool {
    switch undo {
    case .stopStarted, .restoreSite, .restoreText, .restoreFile: true
    case .code, .steps: false
    }
  }

  /// Whether an error may be temporary.
  private static func mayPass(_ failure: DeployError) -> Bool {
    [.environment, .command, .timeout, .reload].contains(failure.code)
  }

  private func perform(_ undo: RollbackAction, in context: ActionContext) async throws {
    switch undo {
    case .stopStarted(let service, let before):
      try await stop(service, before, in: context)
    case .restoreSite(let color, let bytes, _):
      try await restore(color, bytes, in: context)
    case .restoreText(let change): try await change.undo(in: context)
    case .restoreFile(let change): try await change.undo(in: context)
    case .code(let node, let step):
      let context = context.standing(at: node)
      try await CodeAction.bounded(by: context) {
        try await step.undo(in: StepContext(host: CodeHost(context: context)))
      }
    case .steps(let node):
      try await HookRunner(steps: node.undo ?? [], context: context.standing(at: node)).run()
    }
  }

  /// Stops what the run started.
  private func stop(
    _ service: ServiceID, _ before: ContainerLives?, in context: ActionContext
  ) async throws {
    let started = try await settled(service, in: context)
      .filter { before?.isUntouched($0) != true }
    guard !started.isEmpty else { return }
    try await isNotServed(service, in: context)
    for container in started {
      switch container.status {
      case "created":
        try await context.change(
          context.docker.remove(container.name), doing: "remove \(container.name)")
      case "exited", "dead": break
      default:
        try await context.stop(container, grace: .seconds(10))
        try await context.ended(container)
      }
    }
  }

  /// Makes sure that no other process has switched to what is about to be stopped.
  private func isNotServed(_ service: ServiceID, in context: ActionContext) async throws {
    guard context.state.current.proxy != nil,
      let color = try await ProxySwitch(context: context).siteColor(ifChanged: true),
      context.application.serviceIDs(color).contains(service)
    else { return }
    context.state.update { $0.add(.disturbed) }
    throw DeployError(
      .interference,
      "\(service) is not stopped: another process has changed "
        + "\(context.application.site.file) to \(color)",
      fix: "check the state (`bgrun status PLAN`); once it is correct, mark the run as resolved "
        + "(`bgrun resolve PLAN`)")
  }

  /// The service's containers, once the engine has carried out what an interrupted client had
  /// requested: it continues after the client's death.
  private func settled(
    _ service: ServiceID, in context: ActionContext
  ) async throws -> [Container] {
    let inspector = ComposeInspector(context: context)
    var found = try await inspector.containers(of: service)
    guard context.state.current.starting.contains(service) else { return found }
    let until = context.clock.now() + Self.settling
    let wanted = context.replicas(of: service)
    while context.clock.now() < until, found.running.count < wanted {
      try await context.sleep(.milliseconds(250))
      found = try await inspector.containers(of: service)
    }
    return found
  }

  /// Restores the old bytes and, if the new ones were loaded, makes nginx load the old ones.
  private func restore(_ color: Color, _ bytes: [UInt8], in context: ActionContext) async throws {
    let site = ProxySwitch(context: context)
    let bytes = try await site.content(restoring: bytes, for: color)
    let cutover = context.state.current.cutover
    let phase = cutover.phase
    switch phase {
    case .untouched, .restored: return
    case .written, .refused:
      let file = try await context.read(context.application.site.file)
      let isRestored = file.content == .file(bytes)
      // A resumed run has not seen the workers from before the change.
      let mayBeLoaded =
        context.resumeState != nil
        ? await site.mayHaveRead(file, beforeItsChange: isRestored) : false
      // A file that still has its old bytes keeps its date, which later runs rely on.
      if !isRestored { try await site.write(bytes, from: "its old content") }
      let hasLoaded = await site.mayHaveBeenLoaded()
      guard mayBeLoaded || hasLoaded else {
        if phase == .written { context.state.update { $0.cutover = .untouched } }
        return
      }
      context.note(
        "nginx may have loaded \(context.application.site.file) while it was for \(color.other), "
          + "because it was restarted or reloaded: reloading it with the old content")
      context.state.update { $0.cutover = .reloading }
    case .reloading, .proved: break
    }
    let context = try await letEnd(color, in: context)
    try await restore(color, insteadOf: phase, in: context)
    let path = context.application.site.file
    let present = try await context.read(path)
    try await site.alone {
      try await site.write(bytes, from: "its old content")
      do {
        try await site.test(bytes, from: "the old content of \(path)")
      } catch {
        // The file must match what nginx has loaded.
        if case .file(let loaded) = present.content {
          try? await site.write(loaded, from: "its present content")
        }
        throw error
      }
    }
    // Not the answer from before, which would come from the version that is being rolled back.
    let workers = try await site.workersBefore()
    let proof: DeploymentState.ReloadProof
    do {
      proof = try await site.reload(
        ProxySwitch.Before(workers: workers, silence: context.state.current.proxy?.silence),
        within: .seconds(10))
    } catch {
      // What nginx rejected this time was the rollback.
      context.state.update { facts in
        facts.cutover = facts.phase == .refused && phase == .proved ? cutover : .reloading
      }
      if phase == .proved, case .file(let loaded) = present.content {
        try await returnToTarget(cutover, loaded, of: color.other, because: error, in: context)
      }
      throw error
    }
    context.state.update { $0.cutover = .restored(proof) }
    _ = try await site.drain(workers, upTo: .seconds(30))
  }

  /// Waits until the containers of a colour that are being stopped have exited, so that they can be
  /// started again.
  ///
  /// - Returns: The context with that much more time.
  private func letEnd(
    _ color: Color, in context: ActionContext
  ) async throws -> ActionContext {
    var context = context
    for service in context.application.serviceIDs(color) {
      for container in try await ComposeInspector(context: context).containers(of: service)
      where await context.isBeingStopped(container) {
        context.deadline = context.deadline.map { $0 + (container.stopTimeout ?? Stop.usualGrace) }
        try await context.letEnd(container)
      }
    }
    return context
  }

  /// Loads the target's configuration again if the target is healthy and the previous version is
  /// not.
  ///
  /// - Throws: ``DeployError`` that says so; nothing if the target is also unhealthy, or cannot be
  ///   switched to.
  private func returnToTarget(
    _ cutover: DeploymentState.Cutover, _ bytes: [UInt8], of target: Color,
    because error: any Error, in context: ActionContext
  ) async throws {
    let site = ProxySwitch(context: context)
    let service = context.application.serviceID(target)
    // While the engine is unavailable nothing is known: the rollback is retried.
    guard (error as? DeployError)?.code == .reload, await isHealthy(target, in: context),
      let workers = try? await site.workersBefore()
    else { return }
    var cutover = cutover
    do {
      try await site.alone {
        try await site.write(bytes, from: "the content for \(target)")
        try await site.test(bytes, from: "the content for \(target)")
      }
      cutover.switched?.proof = try await site.reload(
        ProxySwitch.Before(workers: workers), within: .seconds(10))
    } catch {
      context.state.update { $0.cutover = .reloading }
      return
    }
    context.state.update { [cutover] in $0.cutover = cutover }
    throw DeployError(
      .unhealthy,
      "the proxy was switched to \(service) again, which is healthy, because rolling back to "
        + "\(context.application.serviceID(target.other)) failed: \(error)",
      fix: stayed(with: target, in: context))
  }

  /// Makes sure that the colour to roll back to is running and healthy.
  ///
  /// An unhealthy version is rolled back to only if the target is unhealthy, too.
  ///
  /// - Parameter phase: The phase that the cutover had reached.
  private func restore(
    _ color: Color, insteadOf phase: CutoverPhase, in context: ActionContext
  ) async throws {
    let service = context.application.serviceID(color)
    for worker in context.application.serviceIDs(color) where worker != service {
      try await restore(worker, of: color, in: context)
    }
    do {
      try await restore(service, of: color, in: context)
    } catch let failure as DeployError where failure.code == .unhealthy {
      let target = context.application.serviceID(color.other)
      if phase == .proved, await isHealthy(color.other, in: context) {
        throw DeployError(
          .unhealthy, "\(failure.message): \(target), which is healthy, still serves",
          fix: stayed(with: color.other, in: context), details: failure.details)
      }
      let now = try await ComposeInspector(context: context).container(of: service)
      guard now?.isRunning == true else { throw failure }
      context.warn(
        "\(failure.message), and neither is \(target): rolling back to the previous version")
    }
  }

  /// What the user can do if the previous version was not rolled back to.
  private func stayed(with target: Color, in context: ActionContext) -> String {
    let service = context.application.serviceID(target.other)
    return "see `\(context.application.composeLine("logs", service))`; once \(service) is healthy, "
      + "`bgrun resume PLAN --undo` rolls back to it; to keep "
      + "\(context.application.serviceID(target)), run `bgrun resolve PLAN`"
  }

  /// Whether a colour passes the health checks now, and the proxy answers without an error.
  private func isHealthy(_ color: Color, in context: ActionContext) async -> Bool {
    let service = context.application.serviceID(color)
    guard await isRunning(service, in: context) else { return false }
    let once = previousGates.map { gate in
      var gate = gate
      gate.retries = 1
      return gate
    }
    guard (try? await pass(once, service, in: context)) != nil else { return false }
    return await answersThroughProxy(in: context)
  }

  private func isRunning(_ service: ServiceID, in context: ActionContext) async -> Bool {
    let found = try? await ComposeInspector(context: context).container(of: service)
    guard let container = found, container.isRunning else { return false }
    return await !context.isBeingStopped(container)
  }

  /// Whether the proxy, if its switch was proved, gives an answer that is not an error.
  private func answersThroughProxy(in context: ActionContext) async -> Bool {
    let facts = context.state.current
    guard facts.phase == .proved, let proxy = facts.proxy, proxy.endpoint != nil else {
      return true
    }
    guard let status = await ProxySwitch(context: context).throughProxy(.verify).status else {
      return false
    }
    return status < 500
  }

  private func pass(
    _ gates: [Health], _ service: ServiceID, in context: ActionContext
  ) async throws {
    for gate in gates {
      _ = try await HealthGate(context: context, step: gate, service: service).open()
    }
  }

  /// The plan's health checks, as applied to the previous version, whose text differs.
  private var previousGates: [Health] {
    let gates = gates.isEmpty ? [Health()] : gates
    return gates.map { gate in
      var gate = gate
      gate.role = .previous
      if case .http(let port, let path, let status, _) = gate.check.question {
        gate.check = Health.Check(.http(port: port, path: path, status: status))
      }
      return gate
    }
  }

  private func restore(
    _ service: ServiceID, of color: Color, in context: ActionContext
  ) async throws {
    let application = context.application
    let worker = application.workers.first { $0.service(color) == service }
    let gates = worker.map { [Health(.previous, $0.health)] } ?? previousGates
    do {
      let containers = try await ComposeInspector(context: context).containers(of: service)
      guard !containers.isEmpty else { throw DeployError(.unhealthy, "it has no container") }
      if let paused = containers.first(where: { $0.status == "paused" }) {
        throw DeployError(.unhealthy, "it is paused: `docker unpause \(paused.name)`")
      }
      if containers.allSatisfy(\.isRunning) {
        if worker != nil { return }
        do { return try await pass(gates, service, in: context) } catch let failure as DeployError {
          // It may have been stopping without a record of the request.
          let now = try await ComposeInspector(context: context).containers(of: service)
          guard now.contains(where: { $0.status == "exited" }) else { throw failure }
        }
      }
      let now = try await ComposeInspector(context: context).containers(of: service)
      for container in now where !container.isRunning {
        try await context.change(context.docker.start(container.name), doing: "start \(service)")
      }
      try await pass(gates, service, in: context)
    } catch let failure as DeployError where failure.code == .environment {
      throw failure
    } catch {
      throw DeployError(
        (error as? DeployError)?.code == .command ? .command : .unhealthy,
        "\(service) cannot serve again: \((error as? DeployError)?.message ?? "\(error)")",
        fix: "\(application.serviceID(color.other)) is unchanged; start \(service), then "
          + "\(ProxySwitch(context: context).remedy(for: color)) and reload nginx",
        details: (error as? DeployError)?.details ?? [])
    }
  }
}
