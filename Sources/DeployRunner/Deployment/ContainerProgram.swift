import DeployDSL

/// A program that a step runs inside a container, and its termination there.
///
/// Killing `docker exec` ends nothing inside the container. To end the program, bgrun finds it
/// there by its mark, signals it, and checks that it is gone.
struct ContainerProgram {
  /// How long it may take to exit after SIGTERM, and after SIGKILL.
  private static let graces: [(signal: String, time: Duration)] = [
    ("TERM", .seconds(5)), ("KILL", .seconds(3)),
  ]

  let argv: [String]
  let container: String
  let context: ActionContext

  private var name: String { argv.first ?? "" }

  /// The mark: the same for every attempt of a step, also in a process that resumes the run.
  private var mark: String {
    "\(context.application.name)/\(context.node.map(String.init) ?? "undo")"
  }

  private var signal: ContainerSignal { ContainerSignal(container: container, context: context) }

  private var call: HostCall { context.docker.exec(container, argv, mark: mark) }

  /// Runs it, and fails with an explanation if that fails.
  func run(in service: ServiceID) async throws -> CommandResult {
    let call = call
    let result = try await ending { try await context.change(call) }
    guard result.succeeded else {
      throw await failure(call.command, result, doing: "run \(name) in \(service)")
    }
    return result
  }

  /// Runs it as a query; `nil` in a dry run.
  func ask(timeout: Duration) async throws -> CommandResult? {
    let call = call
    return try await ending {
      try await context.perform(.call(call), .verify, timeout: timeout).printed
    }
  }

  /// Waits for what an earlier run or attempt of the step left running: two must never run at once.
  ///
  /// - Throws: ``DeployError`` if it does not end in time.
  func waitForEarlier() async throws {
    guard !context.isDryRun, var left = try? await processes(), !left.isEmpty else { return }
    context.note(
      "\(name) from an earlier attempt is still running in \(container): waiting for it to exit")
    let end = min(context.deadline ?? .seconds(Int64.max / 4), context.clock.now() + .seconds(300))
    while !left.isEmpty {
      guard context.clock.now() < end else {
        throw await stillRuns(left, "from an earlier attempt")
      }
      try await context.sleep(.milliseconds(500))
      left = try await processes()
    }
  }

  // MARK: Failure

  /// Why it failed. A program's own output is never taken for docker's: the engine tells whether
  /// docker could run it.
  private func failure(
    _ command: Command, _ result: CommandResult, doing: String
  ) async -> DeployError {
    if DockerErrorClassifier.couldNotExec(result) {
      return DockerErrorClassifier.failure(command, result, doing: doing)
    }
    do {
      let now = try await ComposeInspector(context: context).inspect([container], .verify).first
      if let now, now.isRunning {
        return CommandErrorClassifier.failure(command, result, doing: doing)
      }
      return DeployError(
        .command, "cannot \(doing): its container \(now?.fate ?? "was removed")",
        fix: now == nil
          ? "start it before this step" : "see its log: `docker logs \(container)`",
        details: CommandErrorClassifier.telling(result.lines))
    } catch let failure as DeployError {
      return failure
    } catch {
      return CommandErrorClassifier.failure(command, result, doing: doing)
    }
  }

  // MARK: Termination

  /// Runs `body`, and if that is interrupted ends the program inside the container.
  private func ending<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await context.endingLeftovers(within: .seconds(30), perCommand: .seconds(10), body) {
      [argv, container] in
      await ContainerProgram(argv: argv, container: container, context: $0).end()
    }
  }

  /// Ends the program and verifies it; returns an error if that failed.
  private func end() async -> DeployError? {
    do {
      var left = try await processes()
      for grace in Self.graces where !left.isEmpty {
        await signal.send(grace.signal, to: left)
        let until = context.clock.now() + grace.time
        repeat {
          try await context.sleep(.milliseconds(200))
          left = try await processes()
        } while !left.isEmpty && context.clock.now() < until
      }
      return left.isEmpty ? nil : await stillRuns(left, "after it was told to stop")
    } catch {
      // A stopped container has no processes.
      if let now = try? await ComposeInspector(context: context).inspect([container], .verify),
        now.first?.isRunning != true
      {
        return nil
      }
      return DeployError(
        .stillRunning,
        "\(name) did not end in time, and bgrun cannot see whether it is still running in "
          + "\(container): \(error)",
        fix: "check before running it again: `docker top \(container)`")
    }
  }

  /// The program's processes on this machine, including children.
  private func processes() async throws -> [Int] {
    let query = context.docker.processes(in: container, marked: mark)
    let doing = "look at the processes in \(container)"
    guard case .pids(let pids) = try await context.ask(query, .verify, doing: doing) else {
      return []
    }
    return pids
  }

  private func stillRuns(_ pids: [Int], _ how: String) async -> DeployError {
    let list = pids.map(String.init).joined(separator: " ")
    let isOwn = await signal.reaches(pids)
    return DeployError(
      .stillRunning,
      "\(name) is still running in \(container) \(how) (process \(list)), so it is not started "
        + "again",
      fix: isOwn
        ? "end it: `sudo kill -9 \(list)`, then run the plan again"
        : "wait until `docker top \(container)` no longer shows it, then run the plan again")
  }
}
