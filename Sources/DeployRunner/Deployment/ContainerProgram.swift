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

  private var call: HostCall { context.docker.exec(container, argv, mark: mark) }

  /// Runs it, and fails with an explanation if that fails.
  func run(in service: String) async throws -> CommandResult {
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
        await send(grace.signal, to: left)
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

  /// Sends a signal, through this machine's kernel or from inside the container.
  private func send(_ signal: String, to pids: [Int]) async {
    let own = await ownProcesses(among: pids)
    guard !own.isEmpty else { return }
    let result = try? await context.change(context.docker.kill(signal, own.map(\.pid)))
    if result?.succeeded == true { return }
    // They belong to another user, or there is no such program here.
    let inside = own.map(\.inside)
    let ended = try? await context.change(context.docker.kill(signal, inside, in: container))
    guard let ended, [126, 127].contains(ended.status) else { return }
    // The next look at the processes shows whether it worked.
    _ = try? await context.change(
      context.docker.kill(signal, inside, in: container, byShell: true))
  }

  /// Those process IDs that belong to the container on this machine too, with their IDs inside it:
  /// the engine may run on a kernel of its own.
  private func ownProcesses(among pids: [Int]) async -> [(pid: Int, inside: Int)] {
    let inspector = ComposeInspector(context: context)
    guard let id = try? await inspector.inspect([container], .verify).first?.id else { return [] }
    var own: [(pid: Int, inside: Int)] = []
    for pid in pids {
      guard let groups = await text(of: "/proc/\(pid)/cgroup"), groups.contains(id) else {
        continue
      }
      let numbers = await text(of: "/proc/\(pid)/status")?.split(whereSeparator: \.isNewline)
        .first { $0.hasPrefix("NSpid:") }?.split(whereSeparator: { $0 == " " || $0 == "\t" })
      own.append((pid, numbers?.last.flatMap { Int($0) } ?? pid))
    }
    return own
  }

  private func text(of path: String) async -> String? {
    guard let reply = try? await context.perform(.readFile(path: path), .verify),
      case .file(let snapshot) = reply, case .file(let bytes) = snapshot.content
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func stillRuns(_ pids: [Int], _ how: String) async -> DeployError {
    let list = pids.map(String.init).joined(separator: " ")
    let isOwn = await !ownProcesses(among: pids).isEmpty
    return DeployError(
      .stillRunning,
      "\(name) is still running in \(container) \(how) (process \(list)), so it is not started "
        + "again",
      fix: isOwn
        ? "end it: `sudo kill -9 \(list)`, then run the plan again"
        : "wait until `docker top \(container)` no longer shows it, then run the plan again")
  }
}
