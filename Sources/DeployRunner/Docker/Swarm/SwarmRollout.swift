import DeployDSL

/// Gives a service of a stack its tasks, or takes them away, and waits until the Swarm has done so.
///
/// The tasks and the service's own description tell, never the CLI's exit status: an update that the
/// Swarm rolls back automatically ends with 0, and one whose manager dies fails although it was accepted.
struct SwarmRollout: Sendable {
  /// How often to look.
  private static let pause: Duration = .milliseconds(300)
  /// How long a task may wait for a node: a node that has just been lost takes as long to be noticed.
  private static let placing: Duration = .seconds(25)
  /// What a look may take.
  private static let look: Duration = .seconds(20)

  let stack: SwarmStack
  let clock: RunClock
  /// The time limit of the operation.
  let timeout: Duration
  /// The command that makes the change.
  let command: Command
  let output: @Sendable (OutputLine) -> Void

  /// What the Swarm has of a service.
  private struct View {
    var service: SwarmService
    var tasks: [SwarmTask]
    var nodes: [SwarmNode]

    func node(of task: SwarmTask) -> SwarmNode? { nodes.first { $0.id == task.nodeID } }

    /// Whether a task's node is gone, so that the task is neither running nor ended.
    func isLost(_ task: SwarmTask) -> Bool {
      task.state == "orphaned" || task.nodeID != nil && node(of: task)?.status != "Ready"
    }

    /// `shop_green.2 on node1`.
    func name(_ task: SwarmTask) -> String {
      "\(service.name).\(task.slot ?? 1)" + (node(of: task).map { " on \($0.name)" } ?? "")
    }
  }

  private func view(_ name: String) async throws -> View {
    let service = try await stack.service(name, within: Self.look)
    let tasks = try await stack.tasks(of: [name], within: Self.look)
      .filter { $0.serviceID == service.id }
    return View(service: service, tasks: tasks, nodes: try await stack.nodes(within: Self.look))
  }

  // MARK: Start

  /// Starts a service, and waits until all of its tasks run: with a health check, until that passes.
  ///
  /// - Throws: ``DeployError`` once it is clear that they will not.
  func start(_ name: String, count: Int) async throws -> HostAnswer {
    let deadline = clock.now() + timeout - .seconds(1)
    let before = try await patiently(until: deadline) { try await view(name) }
    let known = Set(before.tasks.map(\.id))
    let argv = command.argv.map { $0.hasPrefix("\(name)=") ? "\(name)=\(count)" : $0 }
    let result = try await change(name, argv, until: deadline) { isTaken(argv, count, by: $0) }
    var said = ""
    var (waiting, excused): ([String: Duration], Set<String>) = ([:], known)
    while true {
      var hasWaited = false
      let now = try await patiently(until: deadline) {
        hasWaited = true
      } _: {
        try await view(name)
      }
      // What ends without managers, or with its node, is replaced by the Swarm.
      excused.formUnion(now.tasks.filter { hasWaited || now.isLost($0) }.map(\.id))
      guard isTaken(argv, count, by: now.service) else {
        // Rolled back by the Swarm, or never accepted.
        throw now.service.hasUpdateFailed
          ? updateFailed(now) : notAccepted(result, name)
      }
      if now.service.version > before.service.version, now.service.hasUpdateFailed {
        throw updateFailed(now)
      }
      if let failure = await failure(of: now, besides: excused, &waiting) { throw failure }
      let running = now.tasks.filter {
        $0.isWanted && $0.isRunning && $0.image == now.service.image && !now.isLost($0)
      }
      let text = progress(of: now, running.count, count)
      if text != said { output(OutputLine(text, on: .output)) }
      said = text
      if running.count == count, now.service.updateState != "updating" {
        return HostAnswer(
          .flag(running.contains { !known.contains($0.id) }),
          printed: CommandResult(status: 0, output: text + "\n"))
      }
      guard clock.now() < deadline else { throw await notRunning(now, running.count, count) }
      try await clock.sleep(for: Self.pause)
    }
  }

  /// Whether the Swarm has accepted a change.
  private func isTaken(_ argv: [String], _ count: Int, by service: SwarmService) -> Bool {
    guard service.replicas == count else { return false }
    guard let option = argv.firstIndex(of: "--image"), option + 1 < argv.count else { return true }
    return service.image == argv[option + 1] || service.image.hasPrefix("\(argv[option + 1])@")
  }

  /// Makes the change, as soon as the managers have a quorum for it.
  ///
  /// - Parameter isMade: whether a service has it: a second one would make the Swarm forget how many
  ///   tasks there were.
  /// - Returns: what docker printed, which does not tell whether the Swarm has accepted the change.
  private func change(
    _ name: String, _ argv: [String], until deadline: Duration,
    _ isMade: (SwarmService) -> Bool
  ) async throws -> CommandResult {
    while true {
      let result = try await stack.run(argv, timeout)
      guard DockerErrorClassifier.lacksQuorum(result), clock.now() < deadline else { return result }
      try await clock.sleep(for: .seconds(1))
      let now = try await patiently(until: deadline) {
        try await stack.service(name, within: Self.look)
      }
      if isMade(now) { return result }
    }
  }

  /// Retries a look while the managers have no quorum, or the engine is away.
  ///
  /// - Parameter wait: called before each wait.
  private func patiently<Seen>(
    until deadline: Duration, _ wait: () -> Void = {}, _ body: () async throws -> Seen
  ) async throws -> Seen {
    do {
      return try await SwarmStack.retrying(
        until: deadline, every: .seconds(1), on: clock, onWait: wait, body)
    } catch let refusal as SwarmStack.Refusal {
      throw DockerErrorClassifier.failure(
        refusal.command, refusal.result, doing: "see the tasks of the Swarm")
    }
  }

  private func progress(of now: View, _ running: Int, _ count: Int) -> String {
    let others = now.tasks.filter { $0.isWanted && !$0.isRunning }.map { task in
      "\(now.name(task)) is \(task.state)"
    }
    return "\(now.service.name): \(running) of \(count) tasks run"
      + (others.isEmpty ? "" : " (\(others.sorted().joined(separator: ", ")))")
  }

  // MARK: Failures

  /// Why the service's new tasks will not all run; `nil` as long as they may.
  ///
  /// - Parameters:
  ///   - excused: the tasks whose end says nothing about the others.
  ///   - waiting: since when each task has waited for a node.
  private func failure(
    of now: View, besides excused: Set<String>, _ waiting: inout [String: Duration]
  ) async -> DeployError? {
    let ended = now.tasks.first { !excused.contains($0.id) && $0.hasEndedByItself }
    if let ended { return await hasEnded(ended, now) }
    for task in now.tasks where task.isWanted && task.state == "pending" && !task.error.isEmpty {
      let since = waiting[task.id] ?? clock.now()
      waiting[task.id] = since
      guard clock.now() - since >= Self.placing else { continue }
      return DeployError(
        .unhealthy, "\(now.name(task)) cannot be placed on any node: \(task.error)",
        fix: "see `docker node ls`, and what deploy.placement and deploy.resources of "
          + "\(now.service.name) demand")
    }
    return nil
  }

  /// A task has ended instead of running. Where its health check never passed, the Swarm gives no
  /// error: only the log can tell.
  private func hasEnded(_ task: SwarmTask, _ now: View) async -> DeployError {
    let log = await stack.log(of: task)
    let why =
      !task.error.isEmpty
      ? task.error
      : task.hasHealthCheck
        ? "its health check did not pass in time (exit code \(task.exitCode))"
        : "exit code \(task.exitCode)"
    return DeployError(
      .unhealthy, "\(now.name(task)) did not get to run: \(why)",
      fix: log.isEmpty
        ? "see `docker service ps --no-trunc \(now.service.name)`" : "see its last log lines",
      details: log)
  }

  private func updateFailed(_ now: View) -> DeployError {
    let state = now.service.updateState ?? ""
    let message = now.service.updateMessage
    return DeployError(
      .unhealthy,
      "the Swarm has automatically "
        + (state == "paused" ? "stopped" : "rolled back")
        + " the update of \(now.service.name) (\(state))"
        + (message.isEmpty ? "" : ": \(message)"),
      fix: "see `docker service ps --no-trunc \(now.service.name)`")
  }

  private func notAccepted(_ result: CommandResult, _ name: String) -> DeployError {
    guard result.succeeded else {
      return DockerErrorClassifier.failure(command, result, doing: "start \(name)")
    }
    return DeployError(
      .interference, "\(name) was changed by another process while it was being started",
      fix: "find the other deploy, then run the plan again")
  }

  private func notRunning(_ now: View, _ running: Int, _ count: Int) async -> DeployError {
    let late = now.tasks.filter { $0.isWanted && !($0.isRunning && !now.isLost($0)) }
    let lines = late.map { task in
      "\(now.name(task)): \(now.isLost(task) ? "its node is down" : task.state)"
        + (task.error.isEmpty ? "" : " (\(task.error))")
    }
    var log: [String] = []
    if let task = late.first(where: { !now.isLost($0) }) { log = await stack.log(of: task) }
    return DeployError(
      .timeout,
      "\(running) of \(count) tasks of \(now.service.name) run after \(timeout.forPeople)",
      fix: "see `docker service ps --no-trunc \(now.service.name)`, or raise the limit with "
        + ".timeout(…)", details: lines + log)
  }

  // MARK: Stop

  /// Takes a service's tasks away, and waits until they have ended.
  func stop(_ name: String) async throws -> HostAnswer {
    let deadline = clock.now() + timeout - .seconds(1)
    let isAsked = try await patiently(until: deadline) {
      try await stack.service(name, within: Self.look).replicas == 0
    }
    let result =
      isAsked
      ? CommandResult(status: 0)
      : try await change(name, command.argv, until: deadline) { $0.replicas == 0 }
    while true {
      let now = try await patiently(until: deadline) { try await view(name) }
      guard now.service.replicas == 0 else { throw notAccepted(result, name) }
      let left = now.tasks.filter { ($0.isRunning || $0.isOnItsWay) && !now.isLost($0) }
      if left.isEmpty { return HostAnswer(.flag(true), printed: CommandResult(status: 0)) }
      guard clock.now() < deadline else {
        throw DeployError(
          .timeout,
          "\(left.map(now.name).sorted().joined(separator: ", ")) did not end within "
            + timeout.forPeople,
          fix: "see `docker service ps --no-trunc \(name)`")
      }
      try await clock.sleep(for: Self.pause)
    }
  }
}
