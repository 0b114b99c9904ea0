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
    let place = try RemotePlace(on)
    guard options.project == nil else {
      throw ToolError(
        "--project and --on contradict each other",
        fix: place.project == nil
          ? "name the project's folder on the host: --on \(place.text(in: "/PROJECT"))"
          : "leave out --project: --on names the project's folder on the host")
    }
    (self.command, self.options, self.output) = (command, options, output)
    self.place = place
  }

  /// Does it and returns the exit status.
  @MainActor
  func run() async throws -> Int32 {
    var options = options
    if options.watches { try StatusCommand.checkCanWatch(options, output) }
    let chosen = options.takeRun()
    let program = try StandaloneProgram.build(options, output)
    let host = try host(of: program)
    return try await host.client.closingAfterwards {
      let hostCommand = try await hostCommand(with: program.loaded)
      if options.watches { try await watch(hostCommand, on: host) }
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

  /// Whether the host answers it by commands of Compose, which have the plan's environment.
  var asksCompose: Bool {
    switch command {
    case is HistoryCommand, is ReportCommand, is ResolveCommand, is LockCommand, is UnlockCommand,
      is GraphCommand:
      false
    default: !isRun
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
      : ["--on", "--only-host", "--only", "--color", "--sync", "--diff", "--watch"]
    var arguments = [command.name] + options.words(without: here)
    arguments += options.only.map { "--only=\($0)" }
    if !isRun { arguments.append("--color=\(output.isColored ? "always" : "never")") }
    // A built plan has no word for itself.
    if !(command is FollowCommand) { arguments += options.words.dropFirst() }
    return HostCommand(
      arguments: arguments, plan: options.planWords ?? "PLAN", planned: options.planned)
  }

  /// The command line with the files and secrets that it takes along.
  func hostCommand(with file: LoadedFile) async throws -> HostCommand {
    var hostCommand = hostCommand
    if options.sendsFiles {
      hostCommand.files = try ProjectFiles.here(of: file.plans, in: Self.folder(of: file))
    }
    if command is PlanCommand { hostCommand.call = PlannedRun.Call(options, file) }
    let reading = SecretReader(options, file.plans)
    if options.isDryRun || command is PlanCommand {
      hostCommand.secrets = try await reading.values()
    } else if asksCompose {
      // What cannot be read here may be known there.
      let readsAll = !(command is CheckCommand || command is DoctorCommand)
      hostCommand.secrets = try await reading.values(runsCommands: readsAll, skipsFailing: true)
    }
    return hostCommand
  }

  /// Shows what a command says there again and again, until Ctrl-C. The connection may be lost
  /// meanwhile.
  @MainActor
  private func watch(_ hostCommand: HostCommand, on host: RemoteHost) async throws -> Never {
    var text = ""
    while true {
      let lines = Mutex("")
      do {
        _ = try await host.run(hostCommand) { line in lines.withLock { $0 += line.text + "\n" } }
        text = lines.withLock(\.self)
        output.redraw(text)
      } catch let error as ToolError {
        // What could never be shown is not tried again.
        guard !text.isEmpty else { throw error }
        output.redraw(text + error.text)
      }
      try await Task.sleep(for: StatusCommand.pause)
    }
  }

  // MARK: Runs

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
    let first = Shared<Int32?>(nil)
    let isFollowing = command is FollowCommand
    let settings = program.loaded.settings(of: options)
    watch.hand { signal in
      let isFirst = first.withLock { first in
        defer { first = first ?? signal }
        return first == nil
      }
      // Who only watches, or closes the terminal, leaves the run alone.
      guard isFirst, !isFollowing, signal != SIGHUP, run.run != nil else {
        leave(run.run, settings, afterSignal: signal)
      }
      run.interrupt(signal)
    }
    let following = Task.detached {
      defer { inbox.finish() }
      return try await run.follow()
    }
    let controller = ControllerEnd(
      of: run, hostCommand.caller, program.loaded.plans.map(\.graph),
      in: Self.folder(of: program.loaded), hasStarted: !isFollowing)
    var screen = RemoteScreen(options, output, run, controller, settings: settings)
    await inbox.takeAll(tick: screen.needsTicks ? { screen.tick() } : nil) { screen.show($0) }
    screen.close()
    withExtendedLifetime(watch) {}
    let exitCode = try await following.value
    if exitCode == ExitCode.outOfSight.rawValue {
      output.complain("bgrun: \(outOfSight(run.run, settings))\n")
    }
    if options.cancels, let id = run.run, let end = run.endBeforeSignal {
      output.complain("bgrun: run \(id) has already ended: \(end.text); nothing was cancelled\n")
    }
    return exitCode
  }

  /// - Parameter settings: the options without which its plan is another one.
  private func outOfSight(_ run: RunID?, _ settings: String) -> String {
    let command = "bgrun follow \(options.planWords ?? "PLAN")\(settings)"
    return "out of sight: run \(run?.text ?? "") continues on \(place.destination); follow it: "
      + "`\(command)`, cancel it: `\(command) --cancel`"
  }

  /// Ends this process without waiting for the run.
  private func leave(_ run: RunID?, _ settings: String, afterSignal signal: Int32) -> Never {
    guard let run else {
      output.quit("nothing was started", ExitCode.afterSignal(signal).rawValue)
    }
    output.quit(outOfSight(run, settings), ExitCode.outOfSight.rawValue)
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

  /// - Parameters:
  ///   - runsCommands: whether commands that provide secrets are run.
  ///   - skipsFailing: whether a secret whose command fails is left out.
  func values(
    runsCommands: Bool = true, skipsFailing: Bool = false
  ) async throws -> [SecretValue] {
    guard let plan, !secrets.isEmpty, options.executor == .docker else { return [] }
    let executor = try Host.docker(options, plan)
    var values: [SecretValue] = []
    for secret in secrets {
      if case .command = secret.source, !runsCommands { continue }
      do {
        guard let value = try await Secrets.value(of: secret, by: executor) else { continue }
        values.append(SecretValue(secret: secret, value: value))
      } catch let error as DeployError {
        guard skipsFailing else { throw error }
      }
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
    try await Self.closing([self], after: body)
  }

  /// Does something, and closes the connections, whatever happens.
  @MainActor
  static func closing<Value>(
    _ clients: [SSHClient], after body: @MainActor () async throws -> Value
  ) async throws -> Value {
    let result: Result<Value, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    await withTaskGroup { group in
      for client in clients { group.addTask { await client.close() } }
    }
    return try result.get()
  }
}

extension LoadedFile {
  /// The options that set the plans' parameters as a command line does, without secrets, as they stand
  /// behind other words of a shell: ` --set tag=2`.
  func settings(of options: Options) -> String {
    let shown = plans.map { Secrets.publicValues(of: $0.parameters, in: $0.graph) }
    let words = options.values.sorted { $0.key < $1.key }.flatMap { name, value in
      shown.allSatisfy { $0.keys.contains(name) }
        ? [CommandOption.set.name, "\(name)=\(value)"] : []
    }
    return words.isEmpty ? "" : " \(Command(words).description.showable)"
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
