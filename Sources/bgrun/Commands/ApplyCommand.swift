import DeployRunner

/// `bgrun apply FILE`
struct ApplyCommand: ToolCommand {
  let name = "apply"
  let summary = "deploy what `plan -o FILE` has saved; refuse if plan or host have changed"
  let arguments = "FILE"
  let options =
    [.executor, .noRollback] + CommandOption.plan + [
      .format, .reason, .lockWait, .approve, .noReceipt, .quiet, .verbose,
    ]
  let startsRun = true
  let examples = ["bgrun apply grafana.plan"]

  func reading(_ options: Options) throws(ToolError) -> Options {
    // The user's machine has read it for this one.
    if let plan = EmbeddedPlan.current, options.isOnHost {
      var options = options
      options.words = [plan.file.typed]
      return options
    }
    guard let file = options.words.first, options.words.count == 1 else {
      throw ToolError(
        "apply needs the file that `bgrun plan` has written",
        fix: "write one: `bgrun plan -o deploy.plan`")
    }
    let planned = try PlannedFile(file)
    var options = planned.run.call.applied(to: options)
    options.planned = planned
    return options
  }

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let loaded = try PlanLoader(options: options, output: output).loadAll()
    var (planned, exitCode) = try await RunSession(options: options.dry, output: output)
      .plan(loaded, isShown: false)
    await PlanCommand.read(loaded, options, &planned, isRehearsed: false)
    guard let planned, let file = options.planned else { return exitCode }
    let changes = planned.changes(since: file.run)
    guard changes.isEmpty else {
      throw ToolError(
        "\(file.path) was not applied: something has changed since " + file.run.made.withAge(),
        fix: "review the changes below, then write a new one: "
          + "`bgrun plan PLAN -o \(Command([file.path]))`",
        code: .failed, details: changes.map { "  \($0)\n" }.joined())
    }
    return try await RunSession(options: options, output: output).run(loaded)
  }
}
