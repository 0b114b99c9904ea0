public import DeployDSL

/// Performs operations on a stack of a Docker Swarm, from a manager: a task stands for a container.
///
/// The colours are services of the stack. To start one is to give it an image and tasks and to wait
/// until all of them run, to stop one is to take its tasks away. The docker CLI's exit status does not
/// tell how that went, so the Swarm's own view of its tasks does. Everything else is performed on this
/// machine, which has the project's folder and nginx.
public struct SwarmExecutor: Executor {
  private let application: Application
  private let swarm: Swarm
  private let machine: DockerExecutor
  /// The nodes that nginx runs on; `nil` for this machine alone.
  private let nodes: ProxyNodes?
  /// The clock of its waiting.
  public let clock: any Clock<Duration>

  /// Creates an executor for a manager.
  ///
  /// - Parameters:
  ///   - application: the application, whose plan names the stack.
  ///   - swarm: the Swarm.
  ///   - machine: the manager.
  ///   - proxies: the nodes that nginx runs on, with the same project folder. Default: the manager.
  ///   - clock: the clock of its waiting. Default: the machine's continuous one.
  package init(
    of application: Application, on swarm: Swarm, from machine: DockerExecutor,
    proxies: [(name: String, machine: DockerExecutor)] = [],
    clock: any Clock<Duration> = ContinuousClock()
  ) {
    (self.application, self.swarm, self.machine) = (application, swarm, machine)
    self.clock = clock
    nodes =
      proxies.isEmpty
      ? nil
      : ProxyNodes(
        nodes: proxies.map { ProxyNodes.Node(name: $0.name, machine: $0.machine) },
        clock: RunClock(clock))
  }

  /// The folder on this machine for locks and journals.
  public var stateFolder: String? { machine.stateFolder }

  /// Always `false`.
  public var isSimulated: Bool { false }

  /// The folder of the project.
  package var project: String { machine.project }

  /// Performs one operation; see ``Executor/perform(_:output:)``.
  ///
  /// - Throws: ``OperationError``, ``/DeployDSL/DeployError`` with the Swarm's reasons, or
  ///   `CancellationError` when the calling task was cancelled.
  public func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    if let nodes, let reply = try await proxied(operation, by: nodes, output) { return reply }
    guard case .call(let call) = operation.request else {
      return try await machine.perform(operation, output: output)
    }
    if let reply = try await patiently(operation, { try await perform(call, operation, output) }) {
      return reply
    }
    return try await machine.perform(operation, output: output)
  }

  /// Asks managers without a quorum again, as long as the operation may take: they find each other
  /// within seconds. A change has its own patience.
  private func patiently(
    _ operation: HostOperation, _ body: () async throws -> OperationResult?
  ) async throws -> OperationResult? {
    let clock = RunClock(clock)
    do {
      return try await SwarmStack.retrying(
        until: clock.now() + operation.timeout - .seconds(1), every: .milliseconds(300), on: clock,
        while: { refusal in
          operation.effect != .change && DockerErrorClassifier.lacksQuorum(refusal.result)
        }, body)
    } catch let refusal as SwarmStack.Refusal {
      return refusal.reply
    }
  }

  /// - Returns: `nil` for a call that is the machine's own.
  private func perform(
    _ call: HostCall, _ operation: HostOperation,
    _ output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult? {
    let time = operation.timeout
    let rollout = SwarmRollout(
      stack: stack, clock: RunClock(clock), timeout: time, command: call.command, output: output)
    switch call.kind {
    case .project:
      let reply = try await machine.perform(operation, output: output)
      guard case .project(let project)? = reply.value else { return reply }
      let present = try await named(time)
      let scaled = project.scaled(for: application) { service in
        present.first { $0.name == swarm.service(service.name) }?.replicas ?? 0
      }
      return .answer(HostAnswer(.project(scaled)))
    case .containers(_, let service):
      return .answer(HostAnswer(.list(try await list(service, time))))
    case .inspect(let ids):
      return .answer(HostAnswer(.containers(try await inspect(ids, time))))
    case .processes(let name):
      guard let id = taskID(name) else { return nil }
      return .answer(HostAnswer(.processes(try await processes(of: id, time))))
    case .isStopping(let id, _):
      let task = try await stack.tasks([id], time).first
      return .answer(HostAnswer(.flag(task.map { $0.isRunning && !$0.isWanted } ?? false)))
    case .up(let service, let scale, nil):
      let name = swarm.service(service.name)
      return .answer(try await rollout.start(name, count: scale ?? 1))
    case .up(let service, _, _?):
      throw DeployError(
        .plan,
        "\(service) cannot be started with the image of an earlier run: its ID means nothing "
          + "to the other nodes of the Swarm",
        fix: "deploy that version by its tag")
    case .start(let name):
      guard let task = swarm.task(name) else { return nil }
      let present = try await stack.service(task.service, within: time).replicas ?? 0
      return .answer(try await rollout.start(task.service, count: max(present, task.number)))
    case .stop(let name, _), .remove(let name):
      guard let task = swarm.task(name) else { return nil }
      return .answer(try await rollout.stop(task.service))
    default: return nil
    }
  }

  private var stack: SwarmStack {
    SwarmStack(swarm: swarm) { [machine] argv, time in
      let operation = HostOperation(.command(Command(argv)), effect: .observe, timeout: time)
      guard case .command(let result) = try await machine.perform(operation, output: { _ in })
      else { return CommandResult(status: 1) }
      return result
    }
  }

  // MARK: Tasks as containers

  /// The services of the colours, by their names in the Compose file.
  private var services: [String] {
    Set(Color.allCases.flatMap(application.serviceIDs).map(\.name)).sorted()
  }

  /// The ID of a task, by its name: `shop_blue.1.ID`.
  private func taskID(_ name: String) -> String? {
    guard swarm.task(name) != nil, let id = name.split(separator: ".").last, id.count > 20 else {
      return nil
    }
    return String(id)
  }

  /// What stands for the containers of the stack, or of one of its services.
  private func list(_ only: String?, _ time: Duration) async throws -> [HostAnswer.Listed] {
    let proxy = application.proxy.service
    var found: [String] = []
    let names = services.filter { $0 == only ?? $0 }.map(swarm.service)
    let described = try await stack.services(names, within: time)
    let missing = names.filter { name in !described.contains { $0.name == name } }
    guard missing.isEmpty else { throw stack.missing(missing) }
    let tasks = try await stack.tasks(of: names, within: time)
    for service in described {
      guard service.replicas != nil else { throw isGlobal(service) }
      let live = tasks.filter { $0.serviceID == service.id && ($0.isWanted || $0.isRunning) }
      found += live.isEmpty ? [Self.rest(of: service)] : live.map(\.id)
    }
    if let proxy, proxy == only ?? proxy { found += try await proxies(proxy, time) }
    return found.map { HostAnswer.Listed($0, project: swarm.stack) }
  }

  private func isGlobal(_ service: SwarmService) -> DeployError {
    DeployError(
      .plan, "\(service.name) is a global service, with a task on every node: it cannot be scaled",
      fix: "make it replicated in the Compose file: `deploy: {mode: replicated}`")
  }

  /// The ID of what stands for the containers of a service without tasks: what would be started again.
  private static func rest(of service: SwarmService) -> String {
    "\(service.name)@\(service.image)"
  }

  private func inspect(_ ids: [String], _ time: Duration) async throws -> [Container] {
    let resting = ids.filter { $0.hasPrefix("\(swarm.stack)_") && $0.contains("@") }
    let taskIDs = ids.filter { $0.count == 25 && !$0.contains("@") }
    let proxies = ids.filter(ProxyNodes.isName)
    let others = ids.filter {
      !$0.contains("@") && $0.count != 25 && !ProxyNodes.isName($0)
    }
    let tasks = try await stack.tasks(taskIDs, time)
    let nodes = tasks.isEmpty ? [] : try await stack.nodes(within: time)
    let known = tasks.isEmpty && resting.isEmpty ? [] : try await named(time)
    var found: [Container] = []
    for service in known where ids.contains(Self.rest(of: service)) {
      found.append(container(restingOf: service, among: known))
    }
    for task in tasks {
      guard let service = known.first(where: { $0.id == task.serviceID }) else { continue }
      found.append(
        container(of: task, service, on: nodes.first { $0.id == task.nodeID }))
    }
    for name in proxies {
      let proxy = try await self.nodes?.inspect(name) { node, id in
        try await own([id], time, on: node.machine).first
      }
      if let proxy { found.append(proxy) }
    }
    return found + (try await own(others, time, on: machine))
  }

  private func named(_ time: Duration) async throws -> [SwarmService] {
    try await stack.services(services.map(swarm.service), within: time)
  }

  /// Containers of a machine.
  private func own(
    _ ids: [String], _ time: Duration, on machine: DockerExecutor
  ) async throws -> [Container] {
    guard !ids.isEmpty else { return [] }
    let call = DockerCLI(application: application).inspect(ids)
    let operation = HostOperation(.call(call), effect: .observe, timeout: time)
    switch try await machine.perform(operation, output: { _ in }) {
    case .answer(let answer):
      guard case .containers(let found) = answer.value else { return [] }
      return found
    case .command(let result):
      throw SwarmStack.Refusal(command: call.command, result: result)
    default: return []
    }
  }

  /// A service without tasks, as a container that has ended: its number is how many tasks it would get,
  /// as many as it had, or as the other colour has now.
  private func container(restingOf service: SwarmService, among all: [SwarmService]) -> Container {
    let twin = application.counterpart(of: ServiceID(shortName(service.name)))
    let present = twin.flatMap { twin in all.first { $0.name == swarm.service(twin.name) }?.replicas
    }
    let count = max(1, service.earlierReplicas ?? 0, present ?? 0)
    var container = Container(
      id: Self.rest(of: service), name: "\(service.name).\(count)",
      service: shortName(service.name), status: "exited", exitCode: 0, wasKilledForMemory: false,
      startedAt: "", restartCount: 0, image: service.image.withoutDigest, error: "", mounts: [],
      ports: [:], stopTimeout: service.stopGracePeriod)
    container.project = swarm.stack
    return container
  }

  private func container(
    of task: SwarmTask, _ service: SwarmService, on node: SwarmNode?
  ) -> Container {
    let isLost = node?.status == "Down"
    let status =
      if isLost { "lost" } else if task.isRunning { "running" } else if task.isOnItsWay {
        "created"
      } else { "exited" }
    var container = Container(
      id: task.id, name: "\(service.name).\(task.slot ?? 1).\(task.id)",
      service: shortName(service.name), status: status, exitCode: task.exitCode,
      wasKilledForMemory: false, startedAt: task.created, restartCount: 0,
      health: task.isRunning && task.hasHealthCheck && !isLost ? "healthy" : nil,
      image: task.image.withoutDigest,
      error: task.error, mounts: [], ports: [:],
      networks: task.networks, stopTimeout: task.stopGracePeriod ?? service.stopGracePeriod)
    container.project = swarm.stack
    container.number = task.slot ?? 1
    container.node = node?.name
    return container
  }

  private func shortName(_ name: String) -> String { String(name.dropFirst(swarm.stack.count + 1)) }

  /// What nginx's workers are compared with: a task's age stands for its processes'.
  private func processes(of id: String, _ time: Duration) async throws -> ProcessTable {
    guard let task = try await stack.tasks([id], time).first, task.isRunning,
      let since = Timestamp(engine: task.updated)
    else { return ProcessTable() }
    let age = Duration.seconds(max(0, Timestamp.now.seconds - since.seconds))
    return ProcessTable([ProcessTable.Row(pid: 0, age: age, command: task.image)])
  }

  // MARK: Proxy

  /// Performs what concerns nginx on several nodes; `nil` for everything else.
  private func proxied(
    _ operation: HostOperation, by nodes: ProxyNodes,
    _ output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult? {
    switch operation.request {
    case .call(let call):
      if case .inspect = call.kind { return nil }
      if case .fetch = call.kind { return try await nodes.ask(operation) }
      guard let name = call.command.argv.first(where: ProxyNodes.isName) else { return nil }
      return try await nodes.perform(call, for: name, operation, output)
    case .http(let url, _):
      let host = WebAddress(url)?.host ?? ""
      guard host.hasPrefix("127.") || host == "localhost" || host == "::1" else { return nil }
      return try await nodes.ask(operation)
    case .readFile(let path):
      if path == application.site.file { return try await nodes.read(path, operation) }
      // A mount of the proxy that may lead to the site file.
      let site = Paths.path(application.site.file, in: project)
      guard path.hasPrefix("/"), Paths.isInside(site, path) else { return nil }
      return try await nodes.nodes.first?.machine.perform(operation, output: output)
    case .writeFile(let file) where file.path == application.site.file:
      try await nodes.write(file, operation)
      return .done
    default: return nil
    }
  }

  /// The proxy's container on this machine, or what stands for those on several nodes.
  ///
  /// - Throws: ``DeployError`` if the proxy also runs on other nodes: they would keep sending requests
  ///   to what is stopped.
  private func proxies(_ name: String, _ time: Duration) async throws -> [String] {
    let service = swarm.service(name)
    guard !(try await stack.services([service], within: time)).isEmpty else {
      throw stack.missing([service])
    }
    let tasks = try await stack.tasks(of: [service], within: time).filter(\.isWanted)
    let argv = [
      "docker", "ps", "--no-trunc", "--quiet", "--filter",
      "label=com.docker.swarm.service.name=\(service)",
    ]
    let all = try await nodes?.list(argv, of: service, time)
    var here = all?.map(\.id) ?? []
    if all == nil {
      let result = try await stack.run(argv, time)
      guard result.succeeded else {
        throw SwarmStack.Refusal(command: Command(argv), result: result)
      }
      here = result.output.split(whereSeparator: \.isNewline).map(String.init)
    }
    let elsewhere = tasks.filter { task in !here.contains { $0 == task.containerID } }
    let running = elsewhere.filter(\.isRunning)
    guard running.isEmpty else {
      let known = try await stack.nodes(within: time)
      let names = running.map { task in
        known.first { $0.id == task.nodeID }?.name ?? task.nodeID ?? "?"
      }
      throw DeployError(
        .environment,
        "the proxy \(name) also runs on \(names.sorted().joined(separator: ", ")), which the plan does "
          + "not name: nginx there would keep sending requests to what is stopped",
        fix: "name every node that nginx runs on: "
          + "swarm: Swarm(\"\(swarm.stack)\", proxies: [\"localhost\", \"USER@HOST\"])")
    }
    return all.map { [ProxyNodes.name($0)] } ?? here
  }
}

extension Executor where Self == SwarmExecutor {
  /// The stack that an application's plan names, from this machine, which must be a manager of its
  /// Swarm.
  ///
  /// - Parameters:
  ///   - swarm: the Swarm, as in the plan.
  ///   - application: the application.
  ///   - project: the folder that holds the Compose file. Default: the working folder.
  public static func swarm(
    _ swarm: Swarm, of application: Application, project: String = "."
  ) -> SwarmExecutor {
    SwarmExecutor(of: application, on: swarm, from: .docker(project: project))
  }
}
