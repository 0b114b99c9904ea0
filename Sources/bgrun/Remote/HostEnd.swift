import CBgrun
import DeployDSL
import DeployRunner
import Dispatch

/// What bgrun does on the host for a user's machine: it runs commands, starts runs that continue
/// without the connection, and lets others follow them.
///
/// It speaks ``HostRequest`` and ``HostReply`` on standard input and output.
struct HostEnd {
  /// The first argument of a program that is to do this.
  static let word = "--host-end"
  /// Whether this program does.
  static let isRunning = CommandLine.arguments.dropFirst().first == word
  private static let run = "run"
  /// How often the files of a run are read, in milliseconds.
  private static let pace: Int32 = 50
  /// How long the user's machine may be silent, in seconds.
  private static let patience: UInt32 = 60

  private var input = HostInput()
  private let output: Int32

  /// Does it.
  @MainActor
  static func main(_ arguments: ArraySlice<String>) async -> Int32 {
    // Its user's own settings lead nowhere from here.
    unsetenv(Options.hostVariable)
    if arguments.first == run { return await runDetached() }
    Files.write(Array("\n\(HostScript.mark) ready\n".utf8), to: STDOUT_FILENO)
    var input = HostInput()
    guard let request = input.next() else { return ExitCode.usage.rawValue }
    if case .command(let command) = request {
      // A repair is not cut off in the middle.
      if !command.arguments.contains(CommandOption.fix.name) { endWithConnection() }
      return await perform(command)
    }
    // What a plan prints must not stand among the replies.
    var problems = Output(color: .never)
    problems.separate()
    var end = HostEnd(input: input, output: problems.results)
    do {
      return try end.serve(request, problems)
    } catch let error as PlanError {
      return end.refuse(DiagnosticText(isColored: false).text(of: error), .usage)
    } catch let error as ToolError {
      return end.refuse(error.text, error.code)
    } catch {
      return end.refuse("bgrun: \(error)\n", .environment)
    }
  }

  private init(input: HostInput, output: Int32) {
    self.input = input
    self.output = output
  }

  // MARK: Commands

  /// Ends this process, and what it has started, as soon as the user's machine is gone: nothing else
  /// would end `docker logs --follow`.
  private static func endWithConnection() {
    DispatchQueue(label: "bgrun.connection").async {
      var chunk = [UInt8](repeating: 0, count: 1024)
      var count = 0
      repeat {
        count = read(STDIN_FILENO, &chunk, chunk.count)
      } while count > 0 || count < 0 && errno == EINTR
      ChildProcess.killAll { _exit(ExitCode.hungUp.rawValue) }
    }
  }

  /// Performs a command, or a run that is detached.
  @MainActor
  private static func perform(_ command: HostCommand, detached run: RunID? = nil) async -> Int32 {
    setenv(ThisHost.caller, command.caller, 1)
    do {
      var options = try command.options()
      options.detached = run
      return await Tool.run(options)
    } catch {
      Output(color: .never).complain(error.text)
      return error.code.rawValue
    }
  }

  /// A run, in a process of its own.
  @MainActor
  private static func runDetached() async -> Int32 {
    guard let bytes = Files.read(from: STDIN_FILENO), let run = HostRun(jsonLine: bytes) else {
      return ExitCode.usage.rawValue
    }
    return await perform(run.command, detached: run.run)
  }

  // MARK: Runs

  @MainActor
  private mutating func serve(_ request: HostRequest, _ problems: Output) throws -> Int32 {
    switch request {
    case .run(let command, let run, let line):
      let (file, state, isDeploy) = try open(command, problems)
      let (store, id) = (try EventStore(state), run ?? RunID())
      var child: Int32?
      if try store.events(of: id) == nil {
        if isDeploy { try ProjectFiles.check(file, given: Set(command.files.keys)) }
        reply(.ready(run: id))
        guard case .start(let values)? = input.next() else { return ExitCode.usage.rawValue }
        var command = command
        command.secrets = values
        child = try start(HostRun(command: command, run: id), output: store.output(of: id))
      }
      return try follow(id, in: state, from: line, child: child)
    case .follow(let command, let word, let line):
      let (_, state, _) = try open(command, problems)
      let store = try EventStore(state)
      let named = try word.map { word in try store.runs().first { $0.isNamed(word) } }
      guard let id = try named ?? FollowedRun.newest(in: store) else {
        guard let word else {
          throw ToolError(
            "no run of \(state.application) was started from another machine",
            fix: "see all runs: `bgrun history PLAN`", code: .failed)
        }
        throw ToolError(
          "no run \(word.showable) of \(state.application) was started from another machine, or it is "
            + "too old",
          fix: "see its record: `bgrun history PLAN \(word.showable)`", code: .failed)
      }
      return try follow(id, in: state, from: line, child: nil)
    case .command, .start, .signal, .offer, .answer, .alive: return ExitCode.usage.rawValue
    }
  }

  /// Loads the plans, and opens the state of the first one's application: it has the events of all.
  @MainActor
  private func open(
    _ command: HostCommand, _ output: Output
  ) throws -> (LoadedFile, StateFolder, isDeploy: Bool) {
    setenv(ThisHost.caller, command.caller, 1)
    let options = try PlanChoice.made(by: command.options(), output)
    let file = try PlanLoader(options: options, output: output).loadAll()
    return (file, try StateFolder.ofEvents(of: file, options), options.command.startsRun)
  }

  /// Starts a process for a run that no signal to this one reaches.
  private func start(_ run: HostRun, output: OpenFile) throws -> Int32 {
    // This very program, even if its file has been removed from the cache since.
    let program = "/proc/self/exe"
    let line = run.jsonLine
    let input = cbgrun_memory_file(line, line.count)
    guard input >= 0 else { throw ToolError("there is no memory left", code: .environment) }
    defer { close(input) }
    return try ChildProcess(
      path: program, argv: [program, Self.word, Self.run],
      environment: ChildProcess.inheritedEnvironment(), timeout: .zero, marksDescendants: false
    ).spawn(input: input, output: output.descriptor, errors: output.descriptor)
  }

  // MARK: Following

  /// Sends what happens in a run, and passes on what the user's machine sends, until the run has ended.
  private mutating func follow(
    _ run: RunID, in state: StateFolder, from first: Int, child: Int32?
  ) throws -> Int32 {
    let store = try EventStore(state)
    var run = FollowedRun(run, store, from: first, child: child)
    var signals: [Int32] = []
    while true {
      // Ends this process if the connection takes nothing more.
      alarm(Self.patience)
      for item in try run.news() { reply(item) }
      if let exitCode = run.exitCode {
        reply(.ended(exitCode: exitCode))
        return ExitCode.done.rawValue
      }
      if run.isGone {
        reply(run.end(in: state))
        return ExitCode.done.rawValue
      }
      if let process = run.process {
        for signal in signals where process.isAlive != false { kill(process.pid, signal) }
        signals = []
      }
      switch input.next(within: Self.pace) {
      case .signal(let signal): signals.append(signal)
      case .some(let request) where request.isForTheRun:
        // It may have ended meanwhile.
        try? store.tell(run.id, request.jsonLine)
      default: break
      }
      guard input.isOpen(patience: .seconds(Int(Self.patience))) else {
        return ExitCode.done.rawValue
      }
    }
  }

  private func reply(_ reply: HostReply) {
    Files.write(reply.jsonLine + [UInt8(ascii: "\n")], to: output)
  }

  private func refuse(_ text: String, _ code: ExitCode) -> Int32 {
    reply(.refused(text, exitCode: code.rawValue))
    return code.rawValue
  }
}

/// The requests on standard input.
private struct HostInput {
  private var lines = Lines()
  private var pending: [String] = []
  private var hasEnded = false
  private var last = ContinuousClock.now

  /// Whether the other end still sends something from time to time.
  func isOpen(patience: Duration) -> Bool {
    !hasEnded && last.duration(to: .now) < patience
  }

  /// Waits for the next request; `nil` at the end.
  mutating func next() -> HostRequest? {
    while !hasEnded || !pending.isEmpty {
      if let request = next(within: 1000) { return request }
    }
    return nil
  }

  /// The next request, if it comes in time.
  mutating func next(within milliseconds: Int32) -> HostRequest? {
    if pending.isEmpty, !hasEnded {
      var file = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&file, 1, milliseconds) > 0 else { return nil }
      var chunk = [UInt8](repeating: 0, count: 64 * 1024)
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      hasEnded = count == 0 || count < 0 && errno != EINTR
      pending += lines.lines(after: chunk.prefix(max(0, count)))
      last = .now
    }
    guard !pending.isEmpty else { return nil }
    return HostRequest(jsonLine: pending.removeFirst().utf8)
  }
}
