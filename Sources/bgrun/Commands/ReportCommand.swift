import DeployDSL
import DeployRunner

/// `bgrun report PLAN [RUN]`
struct ReportCommand: ToolCommand {
  let name = "report"
  let summary = "write a page about a run: time line, requests, commands"
  let arguments = "[PLAN.swift] [RUN]"
  let options = CommandOption.application + [.format, .out]
  let formats: [Options.Format] = [.html, .markdown, .junit]
  let examples = ["bgrun report", "bgrun report Plans/grafana.swift --format markdown"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    var options = options
    let run = options.takeRun()
    let plans = try PlanLoader(options: options, output: output).loadAllOrRecorded().plans
    var stories: [(application: String, story: RunStory)] = []
    for plan in plans {
      guard let state = try StatePath.existing(options, plan),
        let id = try state.journal.run(named: run)
      else { continue }
      stories.append((plan.graph.application.name, RunStory(id, try state.journal.open(id))))
    }
    guard !stories.isEmpty else { throw ToolError.noRun(run) }
    if options.format == .junit {
      // One document may hold several runs.
      try write(RunStory.junit(of: stories.map(\.story)), to: options.out, options, output)
      return ExitCode.done.rawValue
    }
    if let file = options.out, stories.count > 1 {
      throw Self.several(stories.map(\.application), for: file)
    }
    for (application, story) in stories {
      if options.format == .markdown {
        try write(story.markdown, to: options.out, options, output)
      } else {
        let name = "\(application)-\(story.summary.run).html"
        try write(RunPage(story).html, to: options.out ?? name, options, output)
      }
    }
    return ExitCode.done.rawValue
  }

  private func write(
    _ text: String, to file: String?, _ options: Options, _ output: Output
  ) throws(ToolError) {
    guard let file else { return output.write(text) }
    try UserFile(file, text, note: "wrote \(file)\n").deliver(options, output)
  }

  /// Each report would replace the one before.
  private static func several(_ applications: [String], for file: String) -> ToolError {
    ToolError(
      "--output \(file) is one file, and there are runs of \(applications.joined(separator: ", "))",
      fix: "name one of them: `bgrun report PLAN --only \(applications[0])"
        + " \(Command(["--output", file]))`; or leave --output out")
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
