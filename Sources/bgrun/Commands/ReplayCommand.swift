import DeployDSL
import DeployRunner
import DeploySimulator

/// `bgrun replay PLAN [RUN]`: plays a run of the journal on a simulated host; exits with 0 if it ends
/// there as it did, or, with `--what-if`, if no contract is broken.
struct ReplayCommand: ToolCommand {
  let name = "replay"
  let summary = "play a run of the history on a simulated host, or as it might have gone"
  let arguments = "[PLAN.swift] [RUN]"
  let options = [.whatIf, .asTest] + CommandOption.application + [.format]
  let examples = [
    "bgrun replay", "bgrun replay Plans/grafana.swift --what-if 'reload hangs'",
    "bgrun replay --as-test > Tests/IncidentTests/Reload.swift",
  ]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    guard !options.isForTest || options.format != .json else {
      throw ToolError(
        "--as-test and --format json contradict each other: a test is Swift",
        fix: "leave one of them out")
    }
    var options = options
    let run = options.takeRun()
    let plan = try PlanLoader(options: options, output: output).load()
    let state = try StatePath.existing(options, plan)
    guard let journal = state?.journal, let id = try journal.run(named: run) else {
      throw ToolError.noRun(run)
    }
    let story = RunStory(id, try journal.open(id))
    guard let active = story.active else {
      throw ToolError(
        "run \(id) did not find the active colour, so it cannot be replayed", fix: Self.another)
    }
    guard let graph = try RecordedRun.graph(of: plan.graph, in: story) else {
      throw ToolError(
        "run \(id) rolled back to the image of an earlier run, which a simulated host does not have",
        fix: Self.another)
    }
    guard !options.isForTest || !story.isRollback else {
      throw ToolError(
        "run \(id) is a rollback, and --as-test writes tests of deploys", fix: Self.another)
    }
    options.invents = true
    let copy = await HostCopy(of: plan, options)
    let recorded = await RecordedRun(of: graph, story, active: active, on: copy.host(live: active))
    return try await show(recorded, options, output) { copy.host(live: active) }
  }

  private static let another = "choose another run: `bgrun history PLAN`"

  private func show(
    _ recorded: RecordedRun, _ options: Options, _ output: Output,
    on makeHost: @Sendable () -> SimulatedHost
  ) async throws -> Int32 {
    if try recorded.story.summary.header?.plan != PlanFingerprint.of(recorded.graph) {
      output.complain("note: the plan has changed since this run; it is played as it is now\n")
    }
    let played = await recorded.play(on: makeHost())
    let replay = Replay(recorded, played)
    if let text = options.cell {
      let place = try FaultTable.Place(text, of: "--what-if", in: recorded.graph)
      guard let cell = await recorded.play(insteadAt: place, on: makeHost) else {
        throw ToolError(
          "the run does not come to step \(place.node + 1), or the step has no operation with the "
            + "fault \(place.column.rawValue)", fix: "see its steps: `bgrun report PLAN`")
      }
      if options.isForTest {
        output.write(recorded.test(expecting: cell.rehearsal))
        return ExitCode.done.rawValue
      }
      if options.format == .json {
        try output.write(json: replay.row(whatIf: cell))
      } else {
        output.write(replay.heading + "what if " + cell.text(in: recorded.graph))
      }
      let isSafe = cell.rehearsal.violations.isEmpty
      return (isSafe ? ExitCode.done : .failed).rawValue
    }
    if options.isForTest {
      output.write(recorded.test(expecting: played))
      return ExitCode.done.rawValue
    }
    if options.format == .json {
      try output.write(json: replay.row())
    } else {
      output.write(replay.text)
    }
    return (replay.isSame ? ExitCode.done : .failed).rawValue
  }
}

/// A run, as it was and as it was played.
private struct Replay {
  /// How it ended, or ends when it is played.
  struct End: Encodable {
    var outcome: RunReport.Outcome
    var exitCode: Int32
    var serving: Color?

    var text: String {
      "\(outcome.text), \(serving?.rawValue ?? "no colour") serves, exit code \(exitCode)"
    }
  }

  private let recorded: RecordedRun
  private let rehearsal: Rehearsal
  /// `nil` if it has not ended.
  private let end: End?
  private let played: End

  init(_ recorded: RecordedRun, _ rehearsal: Rehearsal) {
    (self.recorded, self.rehearsal) = (recorded, rehearsal)
    end = recorded.story.summary.end.map {
      End(outcome: $0.outcome, exitCode: $0.exitCode, serving: $0.serving)
    }
    played = End(
      outcome: rehearsal.outcome, exitCode: rehearsal.report.exitCode,
      serving: rehearsal.host.serving)
  }

  private var story: RunStory { recorded.story }

  /// Whether it ends as it did; a run that has not ended yet does.
  var isSame: Bool {
    guard let end else { return true }
    return end.outcome == played.outcome && (end.serving ?? played.serving) == played.serving
  }

  // MARK: Text

  var heading: String { "\(story.title): \(story.origin)\n" }

  var text: String {
    var lines = [
      "recorded  \(end?.text ?? story.outcome)",
      "played    \(played.text), on a simulated host",
      isSame ? "✓ it ends as recorded" : "✗ it ends differently",
    ]
    if !recorded.scenario.incidents.isEmpty {
      lines.append("faults: \(recorded.scenario)")
    }
    if recorded.isTargetSick { lines.append("fault: the new version is never healthy") }
    lines += recorded.omissions.map { "not played: \($0)" }
    lines += ["what happens:"] + rehearsal.timeLine.map { "  \($0)" }
    return heading + lines.joined(separator: "\n") + "\n"
  }

  // MARK: JSON

  /// A replay, for programs.
  struct Row: Encodable {
    var application: String
    var run: String
    /// `nil` if it has not ended.
    var recorded: End?
    var played: End
    var isSame: Bool
    /// What struck the run.
    var scenario: String
    /// What the journal tells that is not played.
    var omissions: [String]
    /// How it ends with a fault instead of what happened; `nil` without `--what-if`.
    var whatIf: RehearsalRow?
    /// What happens, with the fault if there is one.
    var timeLine: [String]
  }

  func row(whatIf cell: FaultTable.Cell? = nil) -> Row {
    Row(
      application: story.application, run: story.summary.run.text, recorded: end, played: played,
      isSame: isSame, scenario: recorded.scenario.description, omissions: recorded.omissions,
      whatIf: cell.map { RehearsalRow($0, in: recorded.graph) },
      timeLine: (cell?.rehearsal ?? rehearsal).timeLine)
  }
}
