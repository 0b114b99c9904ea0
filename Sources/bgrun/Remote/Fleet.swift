import DeployDSL
import DeployRunner
import Synchronization

/// A command line for several hosts: it is done on each of them, and what happens is shown together.
struct Fleet: Sendable {
  private let command: any ToolCommand
  private let options: Options
  private let output: Output
  /// What is shared by the members of a run.
  let watch = FleetWatch()
  private let hosts = Shared<[String: RemoteHost]>([:])
  private let terminal: Terminal?
  /// The options that set the plans' parameters, for proposed commands.
  private let settings = Shared("")

  /// - Returns: `nil` if the command is for this machine, or for one host.
  @MainActor
  init?(_ command: any ToolCommand, _ options: Options, _ output: Output) throws {
    guard options.hosts.count > 1 || (try? options.loaded?.get().hosts.count ?? 0) ?? 0 > 1,
      options.mayLeaveThisMachine
    else { return nil }
    guard options.project == nil else {
      throw ToolError(
        "--project and --on contradict each other",
        fix: "name the project's folder on each host: --on HOST:/PROJECT")
    }
    (self.command, self.options, self.output) = (command, options, output)
    terminal = options.format == .json ? nil : Terminal(isSeen: output.isTerminal)
  }

  /// Does it and returns the exit status.
  @MainActor
  func run() async throws -> Int32 {
    guard options.active == nil else {
      throw ToolError(
        "--active is about one host", fix: "choose it: --only-host HOST --active blue (or green)")
    }
    guard options.out == nil, options.planned == nil else {
      throw ToolError(
        "\(options.out == nil ? "--diff" : "--output") names one file, for one host",
        fix: "choose it: --only-host HOST")
    }
    var options = options
    if options.words.count > 1 {
      guard command is HistoryCommand else {
        throw ToolError(
          "run \(options.words[1]) is on one host", fix: "choose it: --only-host HOST")
      }
    }
    let chosen = options.takeRun()
    let program = try StandaloneProgram.build(options, output)
    let places = program.loaded.hosts
    settings.withLock { $0 = program.loaded.settings(of: options) }
    for host in places {
      let its = try session(on: host).host(of: program)
      hosts.withLock { $0[host] = its }
    }
    return try await SSHClient.closing(hosts.value.values.map(\.client)) {
      try await isRun ? run(program.loaded) : each(places, program.loaded, run: chosen)
    }
  }

  private var isRun: Bool { (try? session(on: "host").isRun) ?? false }

  /// The command line for one host.
  private func session(
    on host: String, _ change: (inout Options) -> Void = { _ in }
  ) throws -> RemoteSession {
    var options = options
    options.hosts = [host]
    change(&options)
    guard let session = try RemoteSession(command, options, output) else {
      throw ToolError("\(host) is unknown")
    }
    return session
  }

  // MARK: Runs

  @MainActor
  private func run(_ file: LoadedFile) async throws -> Int32 {
    var session = RunSession(options: options, output: output, fleet: self)
    guard !(command is RunCommand) else {
      try await connect(file.hosts)
      return try await session.run(file)
    }
    guard let plan = file.plans.first, file.plans.count == 1 else {
      throw ToolError.several(file.plans, options)
    }
    try await connect(file.hosts)
    if command is RollbackCommand { session.purpose = .rollback }
    if command is ResumeCommand { session.purpose = options.isUndo ? .undo : .resume }
    return try await session.run(plan.with(plan.graph))
  }

  /// Connects to all hosts, and copies the program there, before anything is started.
  ///
  /// - Throws: ``ToolError`` that names the hosts that cannot be reached.
  private func connect(_ names: [String]) async throws {
    let problems = await onEach(names) { name, host in
      do {
        try await host.open().end()
        return nil as ToolError?
      } catch let error as ToolError {
        return error
      } catch {
        return host.client.failure("\(error)")
      }
    }.compactMap(\.self)
    guard let first = problems.first else { return }
    guard names.count > 1, problems.count > 1 else {
      throw ToolError(
        "\(first.message); nothing was started on any host", fix: first.fix, code: first.code)
    }
    throw ToolError(
      "\(problems.count) of \(names.count) hosts cannot be used; nothing was started on any",
      code: first.code, details: problems.map { "  \($0.message)\n" }.joined())
  }

  /// The application on a host, as a member of the group that is run.
  func member(_ plan: LoadedPlan, on name: String) throws -> DeploymentGroup.Member {
    guard let host = hosts.value[name] else {
      throw ToolError("\(name) is unknown")
    }
    let session = try session(on: name) { $0.only = [plan.graph.application.name] }
    var command = session.hostCommand
    let folder = RemoteSession.folder(of: plan)
    if options.sendsFiles { command.files = try ProjectFiles.here(of: [plan], in: folder) }
    return DeploymentGroup.Member(
      plan.graph,
      by: HostMember(
        name: name, host: host, command: command,
        aim: self.command is FollowCommand ? .follow(nil) : .start, cancels: options.cancels,
        rollsBack: options.rollsBack, reading: SecretReader(options, [plan]), folder: folder,
        settings: settings.value, terminal: terminal, watch: watch),
      on: name)
  }

  /// Whether a signal only ends what is shown here.
  func isOnlyWatched(afterSignal signal: Int32) -> Bool {
    command is FollowCommand || signal == SIGHUP
  }

  /// What to say, and the exit code, when this process ends before the runs.
  func leaving(afterSignal signal: Int32) -> (text: String, exitCode: ExitCode) {
    let hosts = watch.hosts
    guard !hosts.isEmpty else {
      return ("no run is under way; `bgrun status PLAN` shows all hosts", .afterSignal(signal))
    }
    let words = (options.planWords(on: hosts) ?? "PLAN") + settings.value
    return (
      "out of sight: the runs continue on \(hosts.joined(separator: ", ")), and no other host is "
        + "started; follow them: `bgrun follow \(words)`, cancel them: "
        + "`bgrun follow \(words) --cancel`", .outOfSight
    )
  }

  // MARK: Other commands

  /// What a command has printed on a host.
  private struct Printed: Sendable {
    var host: String
    var exitCode: Int32
    var lines: [OutputLine] = []
    var problem: ToolError?
  }

  @MainActor
  private func each(
    _ names: [String], _ file: LoadedFile, run: String?
  ) async throws -> Int32 {
    guard !options.watches, !options.follows else {
      throw ToolError(
        "\(options.watches ? "--watch" : "--follow") shows one host",
        fix: "choose it: --only-host HOST")
    }
    let isTable = command is StatusCommand && options.format != .json
    var commands: [String: HostCommand] = [:]
    for name in names {
      commands[name] = try await session(on: name) { options in
        options.only = file.plans.filter { $0.rollout.hosts.contains(name) }
          .map(\.graph.application.name)
        if isTable { options.given.append(("--format", "json")) }
        if let run { options.words.append(run) }
      }.hostCommand(with: file)
    }
    let all = await onEach(names) { [commands] name, host in
      var printed = Printed(host: name, exitCode: ExitCode.environment.rawValue)
      guard let command = commands[name] else { return printed }
      let lines = Mutex<[OutputLine]>([])
      do {
        printed.exitCode = try await host.run(command) { line in
          lines.withLock { $0.append(line) }
        }
      } catch {
        printed.problem = error as? ToolError ?? host.client.failure("\(error)")
      }
      printed.lines = lines.withLock(\.self)
      return printed
    }
    if isTable {
      output.write(FleetStatus(all.map { ($0.host, $0.lines) }).text)
    }
    var codes = all.map(\.exitCode)
    for printed in all where !show(printed, isTable: isTable) {
      codes.append(ExitCode.environment.rawValue)
    }
    let together = try await command.runTogether(file, options, output)
    return DeploymentGroupReport.worst(of: codes + [together])
  }

  /// Shows what a command has printed on a host: below its name, or as JSON that names it.
  ///
  /// - Returns: whether the user's files could be written.
  private func show(_ printed: Printed, isTable: Bool) -> Bool {
    let isJSON = options.format == .json
    var isWhole = true
    if !isJSON, !isTable { output.write("\(printed.host):\n") }
    for line in printed.lines {
      if line.stream == .output, let file = UserFile(in: line.text, options) {
        do {
          try file.write(output)
        } catch {
          // The other hosts' are still to come.
          output.complain("\(printed.host): \(error.text)")
          isWhole = false
        }
        continue
      }
      let text = line.text + (line.isContinued ? "" : "\n")
      switch line.stream {
      case .errors: output.complain("\(printed.host): \(text)")
      case .output where isTable: break
      case .output where isJSON && text.hasPrefix("{"):
        output.write(Self.naming(printed.host, in: text))
      case .output: output.write(isJSON ? text : "  \(text)")
      }
    }
    if let problem = printed.problem { output.complain(problem.text) }
    return isWhole
  }

  /// An object in JSON, with the host as its first value. A `host` that it has already is what the
  /// host calls itself: it is left out.
  static func naming(_ host: String, in object: String) -> String {
    let rest = object.withoutMember("host").dropFirst()
    let name = (try? Output.json(host))?.split(separator: "\n").first ?? "\"\""
    return "{\"host\":\(name)" + (rest.hasPrefix("}") ? "" : ",") + rest
  }

  /// Does something on all hosts, some of them at the same time; the results are in their order.
  private func onEach<Value: Sendable>(
    _ names: [String], _ body: @escaping @Sendable (String, RemoteHost) async -> Value
  ) async -> [Value] {
    let hosts = hosts.value
    return await withTaskGroup(of: (Int, Value).self) { group in
      var values: [Int: Value] = [:]
      for (number, name) in names.enumerated() {
        if number >= DeploymentGroup.mostHosts, let (done, value) = await group.next() {
          values[done] = value
        }
        guard let host = hosts[name] else { continue }
        group.addTask { (number, await body(name, host)) }
      }
      for await (done, value) in group { values[done] = value }
      return names.indices.compactMap { values[$0] }
    }
  }
}

extension String {
  /// An object in JSON, on one line, without one of its members; what is inside of others stays.
  fileprivate func withoutMember(_ name: String) -> String {
    let bytes = Array(utf8)
    var (depth, start, end) = (0, 0, bytes.count)
    var (isInText, isEscaped) = (false, false)
    var members: [Range<Int>] = []
    for (index, byte) in bytes.enumerated() {
      if isInText {
        isInText = byte != UInt8(ascii: "\"") || isEscaped
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth == 1 { start = index + 1 }
      case UInt8(ascii: ",") where depth == 1:
        members.append(start..<index)
        start = index + 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 1 {
          members.append(start..<index)
          end = index
        }
        depth -= 1
      default: break
      }
    }
    let key = "\"\(name)\":"
    let kept = members.filter { !bytes[$0].starts(with: key.utf8) }
    guard depth == 0, kept.count < members.count else { return self }
    let texts = kept.map { String(decoding: bytes[$0], as: UTF8.self) }
    return "{" + texts.joined(separator: ",") + String(decoding: bytes[end...], as: UTF8.self)
  }
}
