import DeployDSL

extension Job: PerformableStep {
  func perform(in context: ActionContext) async throws -> ActionOutcome {
    let project = try await context.project()
    let number = context.node.map(String.init) ?? "undo"
    let service = context.service(ofJob: service, in: project) ?? ServiceID(service)
    let container = JobContainer(
      job: self, service: service,
      name: "\(service.project ?? project.name)-\(service.name)-job-\(number)",
      owner: "\(context.runStore.run ?? "-")/\(number)", context: context)
    if let found = try await container.earlier() { return try await container.ended(found) }
    return try await container.run()
  }
}

/// The container of a job: found by its name and its label, waited for, stopped and removed.
private struct JobContainer {
  let job: Job
  let service: ServiceID
  let name: String
  /// The run and step that own it.
  let owner: String
  let context: ActionContext

  private var inspector: ComposeInspector { ComposeInspector(context: context) }

  private func now() async throws -> Container? {
    try await inspector.inspect([name], .verify).first
  }

  // MARK: Before

  /// The container that the resumed run left, running or not; removes obsolete ones.
  ///
  /// - Throws: ``DeployError`` if the job must not be started now.
  func earlier() async throws -> Container? {
    guard !context.isDryRun else { return nil }
    let found = try await inspector.jobs(of: service)
    let own = found.first { $0.job == owner && context.resumeState != nil }
    for container in found where container.id != own?.id {
      guard container.isAtRest else {
        throw DeployError(
          .stillRunning,
          "another run's job \(job.service) is still running in \(container.name), so it is not "
            + "started a second time",
          fix: "wait for it to exit (`docker wait \(container.name)`), or end it "
            + "(`docker stop \(container.name)`), then run the plan again")
      }
      try await remove(container)
    }
    if let own {
      guard own.status == "created" else { return own }
      // It was never started.
      try await remove(own)
    } else if let node = context.node, !job.isRepeatable,
      context.resumeState?.state.attempted.contains(node) == true
    {
      throw DeployError(
        .interference,
        "the interrupted run had started the job \(job.service), but its container is gone: its "
          + "result is unknown, so it is not run a second time",
        fix: "check what it did, then roll back with `bgrun resume PLAN --undo` and deploy again; "
          + "if it may run twice, declare it: Job(\"\(job.service)\", repeatable: true)")
    }
    return nil
  }

  // MARK: Run

  func run() async throws -> ActionOutcome {
    let version = context.docker.version(under: context.guards).merging(job.environment) { $1 }
    let call = context.docker.run(
      job, of: service, named: name, for: owner,
      environment: context.withProfiles(version, for: service))
    let result = try await stopping { try await context.change(call) }
    guard !context.isDryRun else { return .done("") }
    let found = try await now()
    guard let found, found.status != "created" else {
      if let found { try? await remove(found) }
      throw result.succeeded
        ? removed
        : DockerErrorClassifier.failure(
          call.command, result, doing: "run the job \(job.service)")
    }
    return try await ended(found, result)
  }

  /// Waits until the container exits, and judges it by its exit code.
  ///
  /// - Parameter result: The client's output; `nil` if unavailable.
  func ended(_ found: Container, _ result: CommandResult? = nil) async throws -> ActionOutcome {
    var found = found
    if !found.hasEnded {
      context.note("the job \(job.service) is still running in \(name): waiting for it to exit")
      found = try await stopping { try await waited(found) }
    }
    let lines: [String]
    if let result {
      lines = DockerErrorClassifier.withoutProgress(result.lines)
    } else {
      let call = context.docker.logs(found.name, lines: 100)
      lines = try await context.result(of: call, .verify)?.lines ?? []
    }
    try? await remove(found)
    guard found.exitCode == 0 else {
      var failure = CommandErrorClassifier.failure(
        DockerCLI.shown(job), Int32(found.exitCode), lines,
        doing: "run the job \(job.service)")
      if found.wasKilledForMemory {
        failure.message = "cannot run the job \(job.service): its container \(found.fate)"
      }
      throw failure
    }
    let last = result.map { $0.output.lastLine } ?? lines.last ?? ""
    return .done(context.secrets.excerpt(last))
  }

  private func waited(_ found: Container) async throws -> Container {
    while true {
      try await context.sleep(.milliseconds(500))
      guard let now = try await inspector.inspect([found.id], .verify).first else { throw removed }
      if now.hasEnded { return now }
    }
  }

  private var removed: DeployError {
    DeployError(
      .interference, "the container of the job \(job.service) was removed while it ran",
      fix: "find what removed it: the job's result is unknown")
  }

  private func remove(_ container: Container) async throws {
    try await context.change(
      context.docker.removeAll(of: container.name), doing: "remove \(container.name)")
  }

  // MARK: Termination

  /// Runs `body`, and if that is interrupted stops the container, which outlives its client.
  private func stopping<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await context.endingLeftovers(within: .seconds(120), perCommand: .seconds(90), body) {
      [job, service, name, owner] in
      await JobContainer(job: job, service: service, name: name, owner: owner, context: $0).stop()
    }
  }

  /// Stops the container and verifies it; returns an error if that failed.
  private func stop() async -> DeployError? {
    do {
      // The engine still carries out what a dead client requested.
      let settled = context.clock.now() + .seconds(3)
      var found = try await now()
      while found == nil || found?.status == "created", context.clock.now() < settled {
        try await context.sleep(.milliseconds(250))
        found = try await now()
      }
      guard let found else { return nil }
      if !found.isAtRest {
        let grace = min(found.stopTimeout ?? .seconds(10), .seconds(60))
        try await context.change(
          context.docker.stop(name, grace: grace), doing: "stop the job \(job.service)")
        if let now = try await now(), !now.hasEnded {
          return stillRuns("docker stop reported success")
        }
      }
      try? await remove(found)
      return nil
    } catch {
      return stillRuns("\(error)")
    }
  }

  private func stillRuns(_ reason: String) -> DeployError {
    DeployError(
      .stillRunning,
      "the job \(job.service) did not end in time and may still run in \(name): \(reason)",
      fix: "end it: `docker rm --force \(name)`, then run the plan again")
  }
}
