import DeployDSL
import DeployRunner

/// `bgrun resolve PLAN`: marks an interrupted run as resolved after a manual fix.
struct ResolveCommand: ToolCommand {
  let name = "resolve"
  let summary = "mark an interrupted run as resolved"
  let options = CommandOption.application + [.reason, .format]
  let examples = ["bgrun resolve --reason \"switched manually\""]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).loadOrRecorded()
    let application = plan.graph.application.name
    guard let state = try StatePath.existing(options, plan),
      let found = try state.journal.interrupted()
    else { return try Self.nothing(application, options, output) }
    let holder = LockHolder(
      application: application, run: found.run.text, reason: options.reason)
    do {
      // Also with a manual lock: this is not a deploy.
      let lock = try state.lock.acquire(holder, evenIfFrozen: true)
      defer { lock.release() }
      // Another process may have ended the run since.
      guard let run = try state.journal.interrupted() else {
        return try Self.nothing(application, options, output)
      }
      let left = try state.journal.open(run.run).state.toUndo
      try state.journal.resolve(run.run, how: options.reason ?? "manually")
      if options.format == .json {
        try output.write(
          json: Resolved(
            application: application, run: run.run.text,
            notRolledBack: left.map(\.undo.summary)))
      } else {
        output.write(Self.text(run, left.map(\.undo)))
      }
      return ExitCode.done.rawValue
    } catch let refusal as LockError {
      var failure = refusal.failure
      failure.fix = "wait until it has ended"
      output.complain("bgrun: \(failure)\n")
      return LockError.exitCode
    }
  }

  /// What was resolved, for programs.
  private struct Resolved: Encodable {
    var application: String
    var run: String?
    var notRolledBack: [String] = []
  }

  private static func nothing(
    _ application: String, _ options: Options, _ output: Output
  ) throws -> Int32 {
    if options.format == .json {
      try output.write(json: Resolved(application: application))
      return ExitCode.done.rawValue
    }
    output.write("no run of \(application) is interrupted: nothing to resolve\n")
    return ExitCode.done.rawValue
  }

  private static func text(_ run: JournalSummary, _ left: [JournalUndo]) -> String {
    """
    \(run.interruptedSentence()); marked as resolved
    not rolled back: \(left.isEmpty ? "nothing" : left.map(\.summary).joined(separator: ", "))
    check the active colour before the next deploy: `bgrun status PLAN`

    """
  }
}
