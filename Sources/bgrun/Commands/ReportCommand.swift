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
    let run = options.words.count == 2 ? options.words.removeLast() : nil
    let plans = try PlanLoader(options: options, output: output).loadAllOrRecorded().plans
    var isFound = false
    for plan in plans {
      let application = plan.graph.application.name
      let state = try StateFolder.existing(
        at: StatePath.find(options, plan), application: application)
      guard let state, let id = try id(run, in: state.journal) else { continue }
      isFound = true
      let story = RunStory(id, try state.journal.open(id))
      try write(story, "\(application)-\(id)", options, output)
    }
    if isFound { return ExitCode.done.rawValue }
    throw ToolError(
      run.map { "found no run \($0)" } ?? "there are no runs yet",
      fix: run == nil ? "deploy first: `bgrun deploy PLAN`" : "list the runs: `bgrun history PLAN`")
  }

  /// The run that the command line names, or the newest one; `nil` if it is not in the journal.
  private func id(_ run: String?, in journal: JournalStore) throws -> RunID? {
    let runs = try journal.runs()
    guard let run else { return runs.first }
    return runs.first { $0.text == run || $0.text.hasSuffix("-\(run)") }
  }

  private func write(
    _ story: RunStory, _ name: String, _ options: Options, _ output: Output
  ) throws(ToolError) {
    switch options.format ?? .html {
    case .markdown: try write(story.markdown, to: options.out, output)
    case .junit: try write(story.junit, to: options.out, output)
    default: try write(RunPage(story).html, to: options.out ?? "\(name).html", output)
    }
  }

  /// Writes to a file and says so, or to standard output.
  private func write(
    _ text: String, to file: String?, _ output: Output
  ) throws(ToolError) {
    guard let file, file != "-" else { return output.write(text) }
    guard Files.replace(file, with: text) else {
      throw ToolError(
        "cannot write \(file)", fix: "name another file: --output FILE", code: .environment)
    }
    output.write("wrote \(file)\n")
  }
}
