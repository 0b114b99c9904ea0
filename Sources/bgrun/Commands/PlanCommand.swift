import DeployDSL
import DeployRunner

/// `bgrun plan PLAN [-o FILE] [--diff FILE]`
struct PlanCommand: ToolCommand {
  let name = "plan"
  let summary = "find out what a deploy would do; -o saves it for `apply`"
  let options =
    [.executor, .active, .invented] + CommandOption.application + [
      .out, .diff, .format, .quiet, .verbose,
    ]
  let startsRun = true
  let examples = [
    "bgrun plan -o grafana.plan", "bgrun plan Plans/grafana.swift --diff grafana.plan",
  ]

  func reading(_ options: Options) throws(ToolError) -> Options {
    var options = options
    if let file = options.compared { options.planned = try PlannedFile(file) }
    if let file = options.out { try PlannedFile.mayBeWritten(file) }
    return options
  }

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let old = options.planned?.run
    let isShown = old == nil && options.format != .json
    let loaded = try PlanLoader(options: options, output: output).loadAll()
    guard loaded.plans.count == 1 || options.active == nil else {
      throw ToolError.several(loaded.plans, options, because: "--active")
    }
    let screen = options.out == "-" ? output.onlyProblems : output
    var (planned, exitCode) = try await RunSession(options: options.dry, output: screen)
      .plan(loaded, isShown: isShown)
    guard planned != nil else { return exitCode }
    let isSaved = old == nil && (options.out != nil || !isShown)
    if isSaved || old != nil {
      await Self.read(loaded, options, &planned, isRehearsed: isSaved)
    }
    guard let planned else { return exitCode }
    if isShown { screen.write(planned.worstText) }
    if let file = options.out {
      try UserFile(
        file, planned.json(), note: "wrote \(file); deploy it: `bgrun apply \(Command([file]))`\n"
      ).deliver(options, output)
    }
    if let old {
      let changes = planned.changes(since: old)
      if options.format == .json {
        try output.write(json: Changes(changes))
      } else {
        output.write(
          changes.isEmpty
            ? "nothing has changed since \(old.made.withAge())\n"
            : (["changed since \(old.made.withAge()):"] + changes).joined(separator: "\n  ") + "\n")
      }
      return changes.isEmpty ? ExitCode.done.rawValue : ExitCode.failed.rawValue
    }
    if options.format == .json, options.out != "-" { try output.write(json: planned) }
    return ExitCode.done.rawValue
  }

  /// Adds the files of the host, and the worst case of a rehearsal on a copy of it, if it can be
  /// copied.
  static func read(
    _ file: LoadedFile, _ options: Options, _ planned: inout PlannedRun?, isRehearsed: Bool
  ) async {
    guard !options.invents else { return }
    for plan in file.plans {
      let copy = await HostCopy(of: plan, options)
      guard let snapshot = copy.snapshot else { continue }
      planned?.add(snapshot.fileHashes, for: plan.graph.application.name)
      guard isRehearsed else { continue }
      let rehearsed = await RehearsedPlan(plan.graph, on: copy)
      planned?.add(rehearsed.worst, for: plan.graph.application.name)
    }
  }

  /// What has changed, for programs.
  private struct Changes: Encodable {
    var hasChanged: Bool
    var lines: [String]

    init(_ lines: [String]) { (hasChanged, self.lines) = (!lines.isEmpty, lines) }
  }
}
