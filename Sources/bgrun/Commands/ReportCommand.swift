import DeployDSL
import DeployRunner

/// `bgrun report PLAN [RUN]`
struct ReportCommand: ToolCommand {
  let name = "report"
  let summary = "write a page about a run: time line, requests, commands"
  let arguments = "[PLAN.swift] [RUN]"
  let options = CommandOption.application + [.format, .out]
  let formats: [Options.Format] = [.html, .markdown, .junit]
  var examples: [String] {
    ["bgrun report", "bgrun report Plans/grafana.swift --format markdown"]
  }

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    var options = options
    let run = options.takeRun()
    let plans = try PlanLoader(options: options, output: output).loadAllOrRecorded().plans
    var isFound = false
    for plan in plans {
      let application = plan.graph.application.name
      let state = try StateFolder.existing(
        at: StatePath.find(options, plan), application: application)
      guard let state, let id = try state.journal.run(named: run) else { continue }
      isFound = true
      let story = RunStory(id, try state.journal.open(id))
      try write(story, "\(application)-\(id)", options, output)
    }
    if isFound { return ExitCode.done.rawValue }
    throw ToolError.noRun(run)
  }

  private func write(
    _ story: RunStory, _ name: String, _ options: Options, _ output: Output
  ) throws(ToolError) {
    let (text, file) =
      switch options.format ?? .html {
      case .markdown: (story.markdown, options.out)
      case .junit: (story.junit, options.out)
      default: (RunPage(story).html, options.out ?? "\(name).html")
      }
    guard let file else { return output.write(text) }
    try UserFile(file, text, note: "wrote \(file)\n").deliver(options, output)
  }
}

extension ToolError {
  /// A command found no run; `word` is what was typed for it.
  static func noRun(_ word: String?) -> ToolError {
    guard let word else {
      return ToolError("there are no runs yet", fix: "deploy first: `bgrun deploy PLAN`")
    }
    return ToolError("found no run \(word)", fix: "list the runs: `bgrun history PLAN`")
  }
}
