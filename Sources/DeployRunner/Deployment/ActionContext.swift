import DeployDSL

/// What an action works with: the facts of the run, and the host through the executor.
///
/// Every operation of every action goes through here: it becomes an event, obeys the deadlines, and
/// in a dry run is skipped if it would change something.
struct ActionContext: Sendable {
  let application: Application
  /// The step's name.
  var title: String
  let docker: DockerCLI
  let state: DeploymentState
  let undo: RollbackLog
  var values = RunValues()
  let clock: RunClock
  let isDryRun: Bool
  /// When, in run time, the attempt must have ended.
  var deadline: Duration?
  /// The time limit of a command, unless it or the step sets one.
  var commandTimeout: Duration = .seconds(300)
  /// The active colour according to the user.
  let saidActive: Color?
  /// Answers the approval prompts of steps.
  var approval = RunOptions.Approval.refuse
  var executor: any Executor
  /// Performs the commands of steps `on: .controller`; `nil` if that is this machine.
  var controller: (any Executor)?
  let secrets: Secrets
  let runStore: RunStore
  /// The node's ID; `nil` during a rollback.
  let node: Int?
  /// Whether the action declares its own undo; not if the plan specifies another one, or none.
  var declaresUndo = true
  /// How the run ended, for the steps that run after a failure.
  var ending: Ending?
  /// The paths that the plan's `Watch` steps request from the proxy.
  var watched: [String] = []
  /// The health checks that the plan makes of the target in any case.
  var gates: [Health] = []
  /// What the interrupted run had done, if this run resumes one.
  let resumeState: ResumeState?
  /// The services that the plan's jobs run.
  var jobs: [String] = []
  /// The image of an earlier run that the plan starts instead of the Compose file's.
  var pinned: PinnedImage?
  /// Whether the plan starts the target's existing container instead of a new version.
  var startsExisting = false
  /// Whether to look up the image that the run deploys: a dry run does, unless the plan pulls or
  /// builds it.
  var asksForImage = false
  /// The values that the command line sets for the plan's parameters, without secrets.
  var settings: [String: String] = [:]
  /// The `When` branches that contain the step.
  var guards: [Guard] = []
  var emit: @Sendable (Event.Kind) -> Void

  func service(_ role: Role) throws -> ServiceID {
    application.serviceID(try state.color(role))
  }

  /// The file with a colour's configuration: the site file itself if it is rewritten in place.
  func source(_ color: Color) -> String {
    state.current.proxy?.isRewritten == true
      ? application.site.file : application.source(color)
  }

  /// All services of a role, the application's own first.
  func services(_ role: Role) throws -> [ServiceID] {
    application.serviceIDs(try state.color(role))
  }

  /// The service that a container belongs to.
  func serviceID(of container: Container) -> ServiceID {
    let isOther = container.project.map { application.projects[$0] != nil } ?? false
    return ServiceID(container.service, in: isOther ? container.project : nil)
  }

  /// The colours whose own service runs.
  func runningColors(among containers: [Container]) -> [Color] {
    Color.allCases.filter { color in
      containers.contains { serviceID(of: $0) == application.serviceID(color) && $0.isRunning }
    }
  }

  /// How many containers a colour's service is to have: the Compose file's number, else as many as
  /// the other colour has running.
  ///
  /// - Returns: `nil` if the Compose file decides.
  func scale(of service: ServiceID) -> Int? {
    let facts = state.current
    guard facts.project?[service]?.replicas == nil, let twin = application.counterpart(of: service)
    else { return nil }
    let count = facts.containers[twin]?.running.count ?? 0
    return count > 1 ? count : nil
  }

  /// How many containers a service is to have.
  func replicas(of service: ServiceID) -> Int {
    state.current.project?[service]?.replicas ?? scale(of: service) ?? 1
  }

  /// Whether a service has, or is to have, several containers.
  func isReplicated(_ service: ServiceID) -> Bool {
    replicas(of: service) > 1 || state.current.containers[service]?.count ?? 0 > 1
  }

  /// The service that a job runs: one of the plan's own project, else of the target's.
  func service(ofJob name: String, in project: ComposeProject) -> ServiceID? {
    let own = ServiceID(name)
    if project[own] != nil { return own }
    let target = (try? state.color(.target)) ?? .blue
    let color = application.serviceID(target)
    return [color, application.serviceID(target.other)].lazy
      .map { ServiceID(name, in: $0.project) }.first { project[$0] != nil }
  }

  /// Declares the undo of a change before the change is made.
  ///
  /// - Throws: ``DeployError`` if it cannot be recorded; then the change must not be made.
  func declare(_ undo: RollbackAction) async throws {
    if declaresUndo { try await self.undo.declare(undo, node: node) }
  }

  /// What a Compose command for one service also needs: every profile, if there are any.
  ///
  /// Only that service is started, but Compose rejects the whole project if one of its dependencies
  /// is in a disabled profile ("depends on undefined service").
  func withProfiles(
    _ environment: [String: EnvironmentValue], for service: ServiceID
  ) -> [String: EnvironmentValue] {
    state.current.project?.project(of: service)?.hasProfiles == true
      ? environment.merging(DockerCLI.allProfiles) { $1 } : environment
  }

  /// The same for a part of a step: its undo.
  func standing(at node: Node) -> ActionContext {
    var copy = self
    copy.guards = node.guards
    return copy
  }

  /// The version that was active when the run started, and the one that it deploys.
  var versions: VersionChange {
    var change = state.current.versions(of: application)
    if !settings.isEmpty { change.settings = settings }
    return change
  }

  func note(_ text: String) { emit(.note(text)) }

  func warn(_ text: String) {
    state.update { $0.warnings.append(text) }
    emit(.warning(text))
  }

  // MARK: Calls and commands

  /// Queries the host, and fails with an explanation if there is no answer.
  ///
  /// - Returns: `nil` in a dry run if the query is only needed to verify a change.
  func ask(
    _ call: HostCall, _ effect: HostOperation.Effect = .observe, doing: String
  ) async throws -> HostAnswer.Value? {
    switch try await perform(.call(call), effect) {
    case .answer(let answer): return answer.value
    case .command(let result): throw DockerErrorClassifier.failure(call, result, doing: doing)
    default: return nil
    }
  }

  /// The ID of an image, by its name or ID; `nil` if it is not available locally.
  func imageID(
    of image: String, _ effect: HostOperation.Effect = .observe
  ) async -> String? {
    let answer = try? await ask(docker.image(image), effect, doing: "")
    return if case .names(let ids)? = answer { ids.first } else { nil }
  }

  /// Runs a query for its exit status; `nil` in a dry run if it only verifies a change.
  func result(of call: HostCall, _ effect: HostOperation.Effect) async throws -> CommandResult? {
    try await perform(.call(call), effect).printed
  }

  /// Makes a change; in a dry run it is assumed to succeed silently.
  func change(_ call: HostCall) async throws -> CommandResult {
    try await change(.call(call)).printed ?? CommandResult(status: 0)
  }

  /// Makes a change, and fails with an explanation if that fails.
  ///
  /// - Returns: The result, which may say more than the exit status.
  @discardableResult
  func change(_ call: HostCall, doing: String) async throws -> HostAnswer.Value? {
    let reply = try await change(.call(call))
    if let result = reply.printed, !result.succeeded {
      throw DockerErrorClassifier.failure(call, result, doing: doing)
    }
    return reply.value
  }

  /// Performs an operation that changes something; skipped in a dry run.
  func change(_ request: HostOperation.Request) async throws -> OperationResult {
    if !isDryRun { state.update { $0.hasChanged = true } }
    return try await perform(request, .change)
  }

  /// A command from the plan, with the plan's environment.
  func command(
    _ argv: [String], environment: [String: EnvironmentValue], input: EnvironmentValue? = nil
  ) -> Command {
    let ending = ending?.environment(of: application, versions) ?? [:]
    let all = docker.environment(forCommandsUnder: guards).merging(ending) { $1 }
    return Command(argv, environment: all.merging(environment) { $1 }, input: input)
  }

  /// Runs a command from the plan. Its output is not interpreted: that it mentions a port, an image
  /// or a network does not mean that docker failed.
  func run(_ command: Command) async throws -> CommandResult {
    let result = try await change(.command(command)).printed ?? CommandResult(status: 0)
    guard result.succeeded else {
      throw CommandErrorClassifier.failure(
        command, result, doing: "run \(command.argv.first ?? "")")
    }
    return result
  }

  // MARK: Files and probes

  func read(_ path: String) async throws -> FileSnapshot {
    guard case .file(let snapshot) = try await perform(.readFile(path: path), .observe) else {
      return FileSnapshot(path: path, content: .missing)
    }
    return snapshot
  }

  /// The text of a file; `nil` if there is none that can be read, and in a dry run if it is only
  /// needed to verify a change.
  func text(
    of path: String, _ effect: HostOperation.Effect = .observe
  ) async -> String? {
    guard case .file(let snapshot)? = try? await perform(.readFile(path: path), effect),
      case .file(let bytes) = snapshot.content
    else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  func write(_ file: FileWrite) async throws {
    if !isDryRun { state.update { $0.hasChanged = true } }
    _ = try await perform(.writeFile(file), .change)
  }

  /// Sends one request; `nil` if it was skipped.
  ///
  /// - Parameter host: The Host header, if it differs from the URL's host.
  func get(
    _ url: String, host: String? = nil, _ effect: HostOperation.Effect, timeout: Duration
  ) async throws -> HTTPAnswer? {
    let reply = try await perform(.http(url: url, host: host), effect, timeout: timeout)
    guard case .http(let answer) = reply else { return nil }
    return answer
  }

  /// Opens a connection once.
  func connect(host: String, port: Int, timeout: Duration) async throws {
    _ = try await perform(.tcp(host: host, port: port), .verify, timeout: timeout)
  }

  /// Sleeps, but not beyond the deadline.
  func sleep(_ time: Duration) async throws {
    guard !isDryRun else { return }
    let end = clock.now() + time
    if let deadline, end > deadline {
      try await clock.sleep(until: deadline)
      throw timeUp()
    }
    try await clock.sleep(until: end)
  }

  // MARK: Performing

  /// Performs an operation after recording it.
  func perform(
    _ request: HostOperation.Request, _ effect: HostOperation.Effect, timeout: Duration? = nil
  ) async throws -> OperationResult {
    try Task.checkCancellation()
    var limit = timeout ?? commandTimeout
    if let deadline {
      guard deadline > clock.now() else { throw timeUp() }
      limit = min(limit, deadline - clock.now())
    }
    emit(
      .operation(
        OperationEntry(
          text: request.description, effect: effect, isSkipped: isDryRun && effect != .observe)))
    do {
      var operation = HostOperation(request, effect: effect, timeout: limit)
      if !(isDryRun && effect != .observe) {
        operation.request = try await secrets.reveal(in: request, by: executor)
      }
      guard effect == .change, !isDryRun else {
        // The output of a query is for the program, not for the user.
        return try await executor.perform(operation) { _ in }
      }
      return try await change(operation, shownAs: request.description)
    } catch let failure as OperationError {
      throw explained(failure, request)
    }
  }

  /// Records what is about to be done.
  ///
  /// - Throws: ``DeployError`` if it must not be done: see
  ///   ``RunStore/announce(_:isUndo:isSwitched:)``.
  func announce(_ entry: JournalEntry) async throws {
    let lost = try await runStore.announce(
      entry, isUndo: node == nil, isSwitched: state.current.phase == .proved)
    let warning = lost.map { "\($0.message), and with it its journal" }
    if let warning, !state.current.warnings.contains(warning) { warn(warning) }
  }

  /// Makes a change between two journal records.
  private func change(_ operation: HostOperation, shownAs text: String) async throws
    -> OperationResult
  {
    // The same text in both records, which are matched by it: more may be redacted meanwhile.
    let text = secrets.redact(text)
    try await announce(.operationStarted(node: node, text: text))
    let lines = LongLines(redact: secrets.redact)
    defer { for line in lines.rest { emit(.output(line)) } }
    let reply = try await executor.perform(operation) { line in
      if let line = lines.take(line) { emit(.output(line)) }
    }
    var status: Int32?
    var tail: [String] = []
    if let result = reply.printed {
      status = result.status
      tail = result.lines.suffix(JournalEntry.tail).map { secrets.excerpt($0, width: 1000) }
    }
    runStore.record(.operationFinished(node: node, text: text, status: status, tail: tail))
    return reply
  }

  private func explained(
    _ failure: OperationError, _ request: HostOperation.Request
  ) -> any Error {
    switch request {
    case .command(let command): DockerErrorClassifier.failure(command, failure)
    case .call(let call): DockerErrorClassifier.failure(call.command, failure)
    case .http, .tcp: failure
    case .readFile, .writeFile:
      DeployError(
        .environment, "\(failure)", fix: "check the file, its folder and their permissions")
    }
  }

  func timeUp() -> DeployError {
    DeployError(
      .timeout, "\(title) timed out",
      fix: "check what it waits for, or raise the limit with .timeout(…)")
  }
}

extension HostOperation.Request: CustomStringConvertible {
  /// The operation as text: a command as one would type it.
  public var description: String {
    switch self {
    case .command(let command): command.description
    case .call(let call): call.command.description
    case .http(let url, let host): "GET \(url)" + (host.map { " (Host: \($0))" } ?? "")
    case .tcp(let host, let port): "connect to \(host):\(port)"
    case .readFile(let path): "read \(path)"
    case .writeFile(let file):
      switch file.method {
      case .rename: "replace \(file.path) by \(file.source) (\(file.bytes.count) bytes)"
      case .inPlace: "overwrite \(file.path) with \(file.source) (\(file.bytes.count) bytes)"
      }
    }
  }
}
