import DeployDSL
import DeployRunner

/// `bgrun PLAN`, `bgrun run PLAN`
struct RunCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).load()
    return try await ShownRun(plan: plan, options: options, output: output).run(plan.graph)
  }
}

/// `bgrun resume PLAN [--undo]`
struct ResumeCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).load()
    let resume: RunOptions.Resume = options.takesBack ? .undo : .goOn
    let runner = DeployRunner(
      executor: try Host(options: options, plan: plan).executor,
      options: options.runOptions(resume: resume))
    let graph = try runner.resumable(plan.graph)
    return try await ShownRun(
      plan: plan, options: options, output: output,
      purpose: options.takesBack ? .takeBack : .resume
    ).run(graph, resume: resume)
  }
}

/// `bgrun rollback PLAN`
struct RollbackCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).load()
    let graph = try DeployRunner.rollback(of: plan.graph)
    return try await ShownRun(
      plan: plan, options: options, output: output, purpose: .rollback
    ).run(graph)
  }
}

/// A run that a person or a program follows.
struct ShownRun {
  let plan: LoadedPlan
  let options: Options
  let output: Output
  var purpose = ReportStyle.Purpose.deploy

  /// Runs a graph of the plan's application; the status to exit with.
  @MainActor
  func run(_ graph: StepGraph, resume: RunOptions.Resume? = nil) async throws -> Int32 {
    let host = try Host(options: options, plan: plan)
    let runner = DeployRunner(
      executor: host.executor,
      options: options.runOptions(resume: resume, approval: approval(on: host)))
    // Simulated time has passed before anybody could look at it.
    let isLive = output.isLive && options.format != .json && !host.isSimulated
    let follower = RunFollower(
      reporter: reporter(host: host.description, isLive: isLive),
      watch: StepWatch(graph: graph, isLive: isLive))
    return await follower.run(graph, with: runner)
  }

  /// Nobody needs to approve what is not really done.
  private func approval(on host: Host) -> RunOptions.Approval {
    if options.approves || host.isSimulated { return .always }
    guard options.format != .json, let terminal = Terminal(isSeen: output.isTerminal) else {
      return .refuse
    }
    return .ask { question in try await terminal.ask(question) }
  }

  private func reporter(host: String?, isLive: Bool) -> any Reporter {
    if options.format == .json { return JSONReporter(to: output.sink) }
    let start = ContinuousClock.now
    let now: @Sendable () -> Duration = { start.duration(to: .now) }
    var style = ReportStyle(
      detail: options.detail, isColored: output.isColored, isLive: isLive,
      width: { output.width }, host: host, now: isLive ? now : nil)
    style.purpose = purpose
    return HumanReporter(to: output.sink, style: style)
  }
}
