import DeployDSL
import DeployRunner

/// `bgrun PLAN`, `bgrun deploy PLAN`, `bgrun run PLAN`
struct RunCommand: ToolCommand {
  let name = "deploy"
  let alias: String? = "run"
  let summary = "run a plan (also: \(EmbeddedPlan.program) run)"
  let options =
    [.dryRun, .active, .noRollback, .invented, .requireProof, .sync] + CommandOption.running
  let startsRun = true
  let examples = [
    "bgrun deploy",
    "bgrun deploy Plans/grafana.swift --dry-run",
    "bgrun deploy --set version=12.4 --lock-wait 5m",
    "bgrun deploy Plans/shop.swift --on web1 --on web2",
    "bgrun deploy --on deploy@web1:/srv/shop --sync",
  ]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let loaded = try PlanLoader(options: options, output: output).loadAll()
    guard loaded.plans.count == 1 || options.active == nil else {
      throw ToolError.several(loaded.plans, options, because: "--active")
    }
    if options.requiresProof {
      guard options.executor == .docker else {
        throw ToolError("--require-proof is about a real host, --executor mock is none")
      }
      for plan in loaded.plans { try await ProveCommand.check(plan, options) }
    }
    return try await RunSession(options: options, output: output).run(loaded)
  }
}

/// `bgrun resume PLAN [--undo]`
struct ResumeCommand: ToolCommand {
  let name = "resume"
  let summary = "resume an interrupted run, or roll it back (--undo)"
  let options = [.undo] + CommandOption.running
  let examples = ["bgrun resume", "bgrun resume --undo"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).loadOrRecorded()
    let resume: RunOptions.Resume = options.isUndo ? .undo : .goOn
    let runner = Deployer(
      executor: try await Host(options: options, plan: plan).executor,
      options: options.runOptions(resume: resume))
    if !options.isUndo, let graph = try runner.finish(of: plan.graph) {
      return try await RunSession(options: options, output: output, purpose: .resume)
        .run(plan.with(graph))
    }
    guard try runner.hasUnfinishedRun(of: plan.graph) else {
      let way = "; `bgrun rollback PLAN` goes back to the previous version"
      let text =
        "no run of \(plan.graph.application.name) is interrupted: nothing to "
        + (options.isUndo ? "roll back\(way)" : "resume") + "\n"
      options.format == .json ? output.complain(text) : output.write(text)
      return ExitCode.done.rawValue
    }
    if let recorded = plan.recorded, resume == .goOn, try !runner.isInterrupted(plan.graph) {
      throw ToolError(
        "only the plan itself knows the steps that are left, and run \(recorded.run) recorded no "
          + "code", fix: "fix the plan and resume; or roll the run back: `bgrun resume PLAN --undo`"
      )
    }
    let graph = try runner.resumable(plan.graph)
    return try await RunSession(
      options: options, output: output, purpose: options.isUndo ? .undo : .resume,
      resume: resume
    ).run(plan.with(graph))
  }
}
