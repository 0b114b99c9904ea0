import DeployDSL
import DeployRunner
import Synchronization

/// A command line with `--on`: its plan's program does the work on another host, and what happens is
/// shown here.
struct RemoteSession {
  private let command: any ToolCommand
  private let options: Options
  private let output: Output
  private let place: RemotePlace

  /// - Returns: `nil` if the command is for this machine.
  init?(_ command: any ToolCommand, _ options: Options, _ output: Output) throws(ToolError) {
    // What works on sources has no plan's program for the host yet.
    guard options.mayLeaveThisMachine else { return nil }
    guard let on = options.on else {
      guard !options.sendsFiles else {
        throw ToolError(
          "--sync sends files to another host, and --on names none",
          fix: "add --on [USER@]HOST[:/PROJECT]")
      }
      return nil
    }
    guard options.project == nil else {
      throw ToolError(
        "--project and --on contradict each other",
        fix: "name the project's folder on the host: --on \(on):/PROJECT")
    }
    (self.command, self.options, self.output) = (command, options, output)
    place = try RemotePlace(on)
  }

  /// Does it and returns the exit status.
  @MainActor
  func run() async throws -> Int32 {
    var options = options
    let chosen = options.takeRun()
    let program = try StandaloneProgram.build(options, output)
    let host = try host(of: program)
    return try await host.client.closingAfterwards {
      let hostCommand = try await hostCommand(with: program.loaded)
      guard isRun else { return try await host.run(hostCommand, options, output) }
      let aim =
        command is FollowCommand ? RemoteRun.Aim.follow(chosen) : .start
      return try await follow(on: host, program, hostCommand, aim)
    }
  }

  /// The host, for a program.
  func host(of program: StandaloneProgram) throws(ToolError) -> RemoteHost {
    RemoteHost(
      client: try SSHClient(to: place, hiding: program.secretVariables), program: program.path,
      identity: program.identity, project: place.project ?? Self.folder(of: program.loaded)
    ) { [output, options] text in if !options.isQuiet { output.complain("bgrun: \(text)\n") } }
  }

  /// The same folder as here.
  static func folder(of file: LoadedFile) -> String { folder(of: file.plans.first) }

  static func folder(of plan: LoadedPlan?) -> String {
    let files = plan?.graph.application.allComposeFiles ?? []
    let found = plan.flatMap { plan in
      try? ProjectFolder.find(for: plan.file, composeFiles: files, named: nil)
    }
    return found ?? Paths.current
  }

  // MARK: The host's command line

  /// Whether it starts or follows a run, which continues without the connection.
  var isRun: Bool {
    switch command {
    case is RunCommand: !options.isDryRun
    case is RollbackCommand: !options.isDryRun && !options.lists
    default: command is ApplyCommand || command is ResumeCommand || command is FollowCommand
    }
  }

  /// The command line without what is done here.
  var hostCommand: HostCommand {
    let here: Set<String> =
      isRun
      ? [
        "--on", "--only-host", "--only", "--color", "--sync", "--format", "--quiet", "--verbose",
        "--cancel",
      ]
      : ["--on", "--only-host", "--only", "--color", "--sync", "--diff"]
    var arguments = [command.name] + options.words(without: here)
    arguments += options.only.map { "--only=\($0)" }
    if !isRun { arguments.append("--color=\(output.isColored ? "always" : "never")") }
    // A built plan has no word for itself.
    if !(command is FollowCommand) { arguments += options.words.dropFirst() }
    return HostCommand(
      arguments: arguments, plan: options.planWords ?? "PLAN --on \(place.text)",
      planned: options.planned)
  }

  /// The command line with the files and secrets that it takes along.
  func hostCommand(with file: LoadedFile) async throws -> HostCommand {
    var hostCommand = hostCommand
    if options.sendsFiles {
      hostCommand.files = try ProjectFiles.here(of: file.plans, in: Self.folder(of: file))
    }
    if command is PlanCommand { hostCommand.call = PlannedRun.Call(options, file) }
    // A dry run looks at the host by commands that have the plan's environment.
    if options.isDryRun || command is PlanCommand || command is CheckCommand {
      hostCommand.secrets = try await SecretReader(options, file.plans).values(
        runsCommands: !(command is CheckCommand))
    }
    return hostCommand
  }

  // MARK: Runs

  private struct Signals: Sendable {
    var first: Int32?
  }

  private final class Shared: Sendable {
    let signals = Mutex(Signals())
    let error = Mutex<(any Error)?>(nil)
    let exitCode = Mutex<Int32?>(nil)
  }

  @MainActor
  private func follow(
    on host: RemoteHost, _ program: StandaloneProgram, _ hostCommand: HostCommand,
    _ aim: RemoteRun.Aim
  ) async throws -> Int32 {
    let inbox = Inbox<RemoteRun.Item>()
    let reading = SecretReader(options, program.loaded.plans)
    let run = RemoteRun(
      on: host, hostCommand, aim, secrets: { try await reading.values() }, put: inbox.put)
    if options.cancels { run.interrupt(SIGINT) }
    let watch = SignalWatch()
    let shared = Shared()
    let isFollowing = command is FollowCommand
    watch.hand { signal in
      let isFirst = shared.signals.withLock { signals in
        defer { signals.first = signals.first ?? signal }
        return signals.first == nil
      }
      // Who only watches, or closes the terminal, leaves the run alone.
      guard isFirst, !isFollowing, signal != SIGHUP, run.run != nil else {
        leave(run.run, afterSignal: signal)
      }
      run.interrupt(signal)
    }
    Task.detached {
      defer { inbox.finish() }
      do {
        let exitCode = try await run.follow()
        shared.exitCode.withLock { $0 = exitCode }
      } catch {
        shared.error.withLock { $0 = error }
      }
    }
    let controller = ControllerEnd(
      of: run, hostCommand.caller, program.loaded.plans.map(\.graph),
      in: Self.folder(of: program.loaded), hasStarted: !isFollowing)
    var screen = RemoteScreen(options, output, run, controller)
    await inbox.takeAll(tick: screen.needsTicks ? { screen.tick() } : nil) { screen.show($0) }
    screen.close()
    withExtendedLifetime(watch) {}
    if let error = shared.error.withLock({ $0 }) { throw error }
    let exitCode = shared.exitCode.withLock { $0 } ?? ExitCode.outOfSight.rawValue
    if exitCode == ExitCode.outOfSight.rawValue { output.complain(outOfSight(run.run)) }
    return exitCode
  }

  private func outOfSight(_ run: RunID?) -> String {
    "bgrun: out of sight: run \(run?.text ?? "") continues on \(place.destination); follow it: "
      + "`bgrun follow \(options.planWords ?? "PLAN")`, cancel it: "
      + "`bgrun follow \(options.planWords ?? "PLAN") --cancel`\n"
  }

  /// Ends this process without waiting for the run.
  private func leave(_ run: RunID?, afterSignal signal: Int32) -> Never {
    ChildProcess.killAll {
      var errors = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
      let isOpen = poll(&errors, 1, 200) > 0
      guard let run else {
        if isOpen { output.complain("\nbgrun: nothing was started\n") }
        _exit(ExitCode.afterSignal(signal).rawValue)
      }
      if isOpen { output.complain("\n" + outOfSight(run)) }
      _exit(ExitCode.outOfSight.rawValue)
    }
  }
}

/// Reads the secrets of plans where the user is. The host has no say in which.
struct SecretReader: Sendable {
  private let options: Options
  private let plan: LoadedPlan?
  private let secrets: Set<Secret>

  init(_ options: Options, _ plans: [LoadedPlan]) {
    (self.options, plan) = (options, plans.first)
    secrets = Set(plans.flatMap(\.graph.secrets).filter { $0.machine == .controller })
  }

  /// - Parameter runsCommands: whether commands that provide secrets are run.
  func values(runsCommands: Bool = true) async throws -> [SecretValue] {
    guard let plan, options.executor == .docker else { return [] }
    let executor = try Host.docker(options, plan)
    var values: [SecretValue] = []
    for secret in secrets {
      if case .command = secret.source, !runsCommands { continue }
      guard let value = try await Secrets.value(of: secret, by: executor) else { continue }
      values.append(SecretValue(secret: secret, value: value))
    }
    return values
  }
}

extension StandaloneProgram {
  /// The environment variables that hold secrets of its plans.
  fileprivate var secretVariables: Set<String> {
    loaded.plans.reduce(into: []) { $0.formUnion($1.graph.secretVariables) }
  }
}

extension StepGraph {
  /// The environment variables that hold its secrets.
  var secretVariables: Set<String> {
    Set(
      secrets.compactMap { secret in
        if case .environment(let name) = secret.source { name } else { nil }
      })
  }
}

extension SSHClient {
  /// Does something, and closes the connection, whatever happens.
  @MainActor
  func closingAfterwards<Value>(_ body: @MainActor () async throws -> Value) async throws -> Value {
    let result: Result<Value, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    await close()
    return try result.get()
  }
}

extension Options {
  /// The given options as words, without some.
  func words(without left: Set<String>) -> [String] {
    given.filter { !left.contains($0.name) }.map { option in
      option.name + (option.value.map { "=\($0)" } ?? "")
    }
  }

  /// The variable that stands for `--on`.
  static let hostVariable = "BGRUN_ON"

  /// The options with the host that the environment names, for commands that can be for one.
  func readingHost() -> Options {
    guard hosts.isEmpty, executor == .docker, project == nil,
      command.options.contains(where: { $0.name == CommandOption.on.name })
    else { return self }
    var options = self
    options.hosts = Paths.variable(Self.hostVariable).map { [$0] } ?? []
    return options
  }
}
