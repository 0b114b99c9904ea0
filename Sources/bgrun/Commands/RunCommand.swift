import DeployDSL
import DeployRunner

/// `bgrun PLAN`, `bgrun run PLAN`
struct RunCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).load()
    let host = try Host(options: options, plan: plan)
    let runner = DeployRunner(
      executor: host.executor,
      options: RunOptions(active: options.active, isDryRun: options.isDryRun))
    // Simulated time has passed before anybody could look at it.
    let isLive = output.isLive && options.format != .json && !host.isSimulated
    let follower = RunFollower(
      reporter: reporter(options, output, host: host.description, isLive: isLive),
      watch: StepWatch(plan: plan, isLive: isLive))
    return await follower.follow(runner.start(plan.graph))
  }

  private func reporter(
    _ options: Options, _ output: Output, host: String?, isLive: Bool
  ) -> any Reporter {
    if options.format == .json { return JSONReporter(to: output.sink) }
    let start = ContinuousClock.now
    let now: @Sendable () -> Duration = { start.duration(to: .now) }
    let style = ReportStyle(
      detail: options.detail, isColored: output.isColored, isLive: isLive,
      width: { output.width }, host: host, now: isLive ? now : nil)
    return HumanReporter(to: output.sink, style: style)
  }
}
