import DeployDSL
import DeployRunner

/// `bgrun apply FILE`
struct ApplyCommand: ToolCommand {
  let name = "apply"
  let summary = "do what `plan -o FILE` has written, unless anything has changed since"
  let arguments = "FILE"
  let options =
    [.executor, .noRollback] + CommandOption.plan + [
      .format, .reason, .lockWait, .approve, .noReceipt, .quiet, .verbose,
    ]
  let formats: [Options.Format] = [.human, .json]
  let startsRun = true
  var examples: [String] { ["bgrun apply grafana.plan"] }

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    guard let file = options.words.first, options.words.count == 1 else {
      throw ToolError(
        "apply needs the file that `bgrun plan` has written",
        fix: "make one: `bgrun plan PLAN -o FILE`")
    }
    let old = try PlannedRun(at: file)
    let options = old.call.applied(to: options)
    let output = output.naming(Command([old.call.plan]).description.showable)
    let loaded = try PlanLoader(options: options, output: output).loadAll()
    let (planned, exitCode) = try await RunSession(options: options.dry, output: output)
      .plan(loaded, isShown: false)
    guard let planned else { return exitCode }
    let changes = planned.changes(since: old)
    guard changes.isEmpty else {
      throw ToolError(
        "\(file) is not carried out: something has changed since \(old.made.withAge())",
        fix: "look at it and make another one: `bgrun plan \(options.words[0]) -o \(file)`",
        code: .failed, details: changes.map { "  \($0)\n" }.joined())
    }
    return try await RunSession(options: options, output: output).run(loaded)
  }
}
