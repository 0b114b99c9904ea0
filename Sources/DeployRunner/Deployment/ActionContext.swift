import DeployDSL

/// What an action works with: the facts of the run, and the host by way of the executor.
///
/// Every operation of every action passes here: it becomes an event, obeys the deadlines, and is
/// left out in a dry run if it would change something.
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
  /// The time of the run at which the attempt must have ended.
  var deadline: Duration?
  /// How long one command may take, if neither it nor the step says anything.
  var commandTimeout: Duration = .seconds(300)
  /// The colour that a person said is active.
  let saidActive: Color?
  /// Who says yes to what a step asks.
  var approval = RunOptions.Approval.refuse
  let executor: any Executor
  let secrets: Secrets
  let runStore: RunStore
  /// The node's number; `nil` during a rollback.
  let node: Int?
  /// Whether the action declares its own undo; not if the plan names another one, or none.
  var declaresUndo = true
  /// How the run ended, for the steps that a plan runs after a failure.
  var ending: Ending?
  /// The paths that the plan's `Watch` steps ask the proxy for.
  var watched: [String] = []
  /// What the interrupted run that is resumed had done.
  let resumeState: ResumeState?
  /// The services that the plan's jobs run.
  var jobs: [String] = []
  /// The branches of `When` that the step stands in.
  var guards: [Guard] = []
  var emit: @Sendable (Event.Kind) -> Void

  func service(_ role: Role) throws -> String { application.service(try state.color(role)) }

  /// The file that a colour's configuration comes from: the site file itself where it is rewritten.
  func source(_ color: Color) -> String {
    state.current.proxy?.isRewritten == true
      ? application.site.file : application.source(color)
  }

  /// All services of a role, the one that the proxy serves first.
  func services(_ role: Role) throws -> [String] {
    application.services(try state.color(role))
  }

  /// Declares the undo of a change, before the change is made.
  ///
  /// - Throws: a failure if that cannot be recorded; the change must not be made then.
  func declare(_ undo: RollbackAction) async throws {
    if declaresUndo { try await self.undo.declare(undo, node: node) }
  }

  /// What a Compose command for one service needs besides: every profile, where there are any.
  ///
  /// Only that service is started, but Compose refuses the whole project when what it depends on is
  /// in a profile that is off ("depends on undefined service").
  func withProfiles(_ environment: [String: EnvironmentValue]) -> [String: EnvironmentValue] {
    state.current.project?.hasProfiles == true
      ? environment.merging(DockerCLI.allProfiles) { $1 } : environment
  }

  /// The same for what belongs to a step: its undo.
  func standing(at node: Node) -> ActionContext {
    var copy = self
    copy.guards = node.guards
    return copy
  }

  func note(_ text: String) { emit(.note(text)) }

  func warn(_ text: String) {
    state.update { $0.warnings.append(text) }
    emit(.warning(text))
  }

  // MARK: Calls and commands

  /// Asks the host something, and fails with an explanation if it does not answer.
  ///
  /// - Returns: `nil` in a dry run where it was for an effect.
  func ask(
    _ call: HostCall, _ effect: HostOperation.Effect = .observe, doing: String
  ) async throws -> HostAnswer.Value? {
    switch try await perform(.call(call), effect) {
    case .answer(let answer): return answer.value
    case .command(let result): throw DockerErrorClassifier.failure(call, result, doing: doing)
    default: return nil
    }
  }

  /// Makes a call that looks, for how its command ends; `nil` in a dry run where it was for an effect.
  func result(of call: HostCall, _ effect: HostOperation.Effect) async throws -> CommandResult? {
    try await perform(.call(call), effect).printed
  }

  /// Makes a call that changes something; in a dry run it is assumed to succeed silently.
  func change(_ call: HostCall) async throws -> CommandResult {
    try await change(.call(call)).printed ?? CommandResult(status: 0)
  }

  /// Makes a call that changes something, and fails with an explanation if it fails.
  ///
  /// - Returns: what came out of it, where it says more than how it ended.
  @discardableResult
  func change(_ call: HostCall, doing: String) async throws -> HostAnswer.Value? {
    let reply = try await change(.call(call))
    if let result = reply.printed, !result.succeeded {
      throw DockerErrorClassifier.failure(call, result, doing: doing)
    }
    return reply.value
  }

  /// Performs an operation that changes something; in a dry run it is left out.
  func change(_ request: HostOperation.Request) async throws -> OperationResult {
    if !isDryRun { state.update { $0.hasChanged = true } }
    return try await perform(request, .change)
  }

  /// A command of the plan's author, in the environment that the plan gives all of them.
  func command(
    _ argv: [String], environment: [String: EnvironmentValue], input: EnvironmentValue? = nil
  ) -> Command {
    let ending = ending?.environment(application: application.name) ?? [:]
    let all = docker.environment(forCommandsUnder: guards).merging(ending) { $1 }
    return Command(argv, environment: all.merging(environment) { $1 }, input: input)
  }

  /// Runs a command of the plan's author. What it prints is its own business: that it speaks of a
  /// port, an image or a network does not mean that docker does.
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

  func write(_ file: FileWrite) async throws {
    if !isDryRun { state.update { $0.hasChanged = true } }
    _ = try await perform(.writeFile(file), .change)
  }

  /// Asks once; `nil` if it was left out.
  ///
  /// - Parameter host: the Host header, if it is not the URL's own.
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

  /// Waits, but not beyond the deadline.
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

  /// Performs an operation; records it first.
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
        // Looking produces output for the program, not for people.
        return try await executor.perform(operation) { _ in }
      }
      return try await change(operation, shownAs: request.description)
    } catch let failure as OperationError {
      throw explained(failure, request)
    }
  }

  /// Records what is about to be done.
  ///
  /// - Throws: a failure if it must not be done: see
  ///   ``RunStore/announce(_:isUndo:isSwitched:)``.
  func announce(_ entry: JournalEntry) async throws {
    let lost = try await runStore.announce(
      entry, isUndo: node == nil, isSwitched: state.current.phase == .proved)
    let warning = lost.map { "\($0.message), and with it its journal" }
    if let warning, !state.current.warnings.contains(warning) { warn(warning) }
  }

  /// Makes a change between two records of the journal.
  private func change(_ operation: HostOperation, shownAs text: String) async throws
    -> OperationResult
  {
    // One text for both records: what is hidden may grow meanwhile, and they are matched by it.
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

  private func timeUp() -> DeployError {
    DeployError(
      .timeout, "\(title) timed out",
      fix: "check what it waits for, or raise the limit with .timeout(…)")
  }
}

extension HostOperation.Request: CustomStringConvertible {
  /// The operation as it is shown: a command as one would type it.
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
