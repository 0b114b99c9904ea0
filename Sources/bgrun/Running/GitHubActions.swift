import DeployDSL
import DeployRunner

/// What a run tells GitHub Actions, if it runs there: a summary of the job, and errors at the lines of
/// the plan.
struct GitHubActions {
  private let output: Output
  private let summary: String?
  private let workspace: String

  /// `nil` elsewhere.
  init?(_ output: Output) {
    guard Paths.variable("GITHUB_ACTIONS") == "true" else { return nil }
    self.output = output
    summary = Paths.variable("GITHUB_STEP_SUMMARY")
    let root = Paths.variable("GITHUB_WORKSPACE")
    workspace = root.map { Paths.resolved($0) ?? $0 } ?? Paths.current
  }

  /// Tells every issue of a plan that does not compile to a graph.
  func tell(_ error: PlanError) {
    for issue in error.diagnostics {
      annotate(
        "\(issue.problem); \(issue.fix)", in: issue.location.file, at: issue.location.line,
        title: "Invalid plan")
    }
  }

  /// Tells every error of the compiler.
  func tell(_ error: ToolError) {
    let text = error.preamble.replacing(/\u{1B}\[[0-9;]*m/, with: "")
    for found in CompilerBlock.errors(in: text) {
      annotate(
        found.text, in: String(found.file), at: found.line, title: "The plan does not compile")
    }
  }

  /// Tells how the runs of a file's plans ended.
  ///
  /// - Parameters:
  ///   - members: the plans with what became of them.
  ///   - began: when the command began: an older journal is another run's.
  func tell(
    _ members: [(plan: LoadedPlan, report: RunReport?)], since began: Timestamp, _ options: Options
  ) {
    for (plan, report) in members {
      guard let report, !report.isDryRun else { continue }
      if let failure = report.failure, !report.isDone {
        let nodes = plan.graph.nodes
        let node = report.failedNode.flatMap { nodes.indices.contains($0) ? nodes[$0] : nil }
        let name = plan.graph.application.name
        let place = node?.location ?? plan.graph.location
        annotate(
          "\(failure)", in: place.file, at: place.line,
          title: "\(name): " + (node.map { "\($0.name) failed" } ?? report.outcome.sentence))
      }
      let text = markdown(plan, since: began, options) ?? Self.markdown(report)
      if let summary { write(text + "\n", to: summary) }
    }
  }

  /// The journal's report; `nil` if the run has no journal.
  private func markdown(_ plan: LoadedPlan, since began: Timestamp, _ options: Options) -> String? {
    guard let state = try? StatePath.existing(options, plan),
      let run = try? state.journal.runs().first, let journal = try? state.journal.open(run),
      let last = journal.state.header, !(last.started < began)
    else { return nil }
    return RunStory(run, journal).markdown
  }

  private static func markdown(_ report: RunReport) -> String {
    let failure = report.failure.map { "\n> \("\($0)".replacing("\n", with: " "))\n" } ?? ""
    return "### \(report.isDone ? "✅" : "❌") \(report.application.name): "
      + "\(report.outcome.sentence)\n\(failure)"
  }

  /// Adds to the job's summary; a runner has made the file, but others may not.
  private func write(_ text: String, to summary: String) {
    let bytes = Array(output.naming(text).utf8)
    guard !Files.append(bytes, to: summary), !Files.create(summary, with: bytes) else { return }
    output.complain("bgrun: cannot write the job's summary \(summary) (GITHUB_STEP_SUMMARY)\n")
  }

  private func annotate(_ message: String, in file: String, at line: Int, title: String) {
    let path = Paths.tidy(Paths.resolvingFolder(of: Paths.absolute(file)))
    let file = Paths.relative(path, to: workspace)
    let properties = "file=\(file.inProperty),line=\(line),title=\(title.inProperty)"
    output.complain("::error \(properties)::\(message.inCommand)\n")
  }
}

extension String {
  /// The text as the message of a workflow command.
  fileprivate var inCommand: String {
    replacing("%", with: "%25").replacing("\r\n", with: "%0A").replacing("\r", with: "%0D")
      .replacing("\n", with: "%0A")
  }

  /// The text as a property of a workflow command.
  fileprivate var inProperty: String {
    inCommand.replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
