import DeployDSL
import DeployRunner

/// `bgrun history PLAN [RUN]`
struct HistoryCommand: ToolCommand {
  let name = "history"
  let summary = "show the last runs, or the steps of one"
  let arguments = "PLAN.swift [RUN]"
  let options = CommandOption.application

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    var options = options
    let run = options.words.count == 2 ? options.words.removeLast() : nil
    let plans = try PlanLoader(options: options, output: output).loadAll().plans
    for plan in plans {
      let application = plan.graph.application.name
      let folder = try StatePath.find(options, plan)
      let state = try StateFolder.existing(at: folder, application: application)
      guard let state else {
        if run == nil || plans.count == 1 { output.write("\(application): no runs yet\n") }
        continue
      }
      if let run {
        guard try plans.count == 1 || state.journal.has(run) else { continue }
        output.write(try text(of: run, in: state.journal))
        return ExitCode.done.rawValue
      }
      let runs = try state.history()
      guard !runs.isEmpty else {
        output.write("\(application): no runs yet\n")
        continue
      }
      if plans.count > 1 { output.write("\(application):\n") }
      output.write(runs.map(line).joined())
    }
    if let run, plans.count > 1 {
      throw ToolError(
        "no application of the plan has a run \(run)", fix: "list the runs: `bgrun history PLAN`")
    }
    return ExitCode.done.rawValue
  }

  private func line(_ summary: JournalSummary) -> String {
    let when = summary.header.map { $0.started.forPeople() } ?? ""
    let who = summary.header.map { "\($0.user)@\($0.host)" } ?? ""
    let why = summary.header?.reason.map { "  \"\($0)\"" } ?? ""
    let seconds = Duration.milliseconds(summary.milliseconds).forPeople
    let outcome = summary.status.text.padded(toWidth: 14)
    return "\(summary.run)  \(when)  \(outcome)  \(seconds.padded(toWidth: 8))  \(who)\(why)\n"
  }

  private func text(of run: String, in journal: JournalStore) throws -> String {
    guard let id = RunID(run) else {
      throw ToolError(
        "\(run) is not a run of this plan", fix: "list the runs: `bgrun history PLAN`")
    }
    let records = try journal.open(id).records
    return records.compactMap { record in
      JournalText.line(record.entry).map { text in
        let time = Duration.milliseconds(record.at).forPeople
        return "\(time.padded(toWidth: 8))  \(text)\n"
      }
    }.joined()
  }
}

extension JournalStore {
  /// Whether the journal has a run.
  fileprivate func has(_ run: String) throws -> Bool {
    try history().contains { $0.run.text == run }
  }
}

/// A journal's entries for people.
enum JournalText {
  static func line(_ entry: JournalEntry) -> String? {
    switch entry {
    case .runStarted(let header):
      "run \(header.run) of \(header.application) by \(header.user)@\(header.host)"
        + (header.parameters ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        .joined()
        + (header.reason.map { ": \"\($0)\"" } ?? "")
    case .runResumed(let user, let host, _, _, let undo):
      "resumed by \(user)@\(host)" + (undo ? " to roll it back" : "")
    case .nodeStarted(_, let name): "▸ \(name)"
    case .active(let color): "  \(color) was active"
    case .operationStarted(_, let text): "  $ \(text)"
    case .operationFinished(_, _, let status, let tail):
      finished(status, tail)
    case .nodeFinished(_, let status, let milliseconds, let summary, let failure, _):
      "  \(status.rawValue) in \(Duration.milliseconds(milliseconds).forPeople)"
        + (failure ?? summary).prefixed(": ")
    case .undoStarted: nil
    case .undoFinished(_, let failure):
      failure.map { "  not rolled back: \($0)" } ?? "  rolled back"
    case .runFinished(let end): ended(end)
    case .runLeft(let end): "interrupted: " + ended(end)
    case .resolved(let user, _, let how): "resolved by \(user): \(how)"
    case .kept(let service, _, _): "  \(service) is kept running"
    case .undoDeclared, .phase, .oldWorkers, .committed, .stopping: nil
    }
  }
}

extension JournalText {
  private static func ended(_ end: JournalEnd) -> String {
    "\(end.outcome.text), exit code \(end.exitCode)" + (end.failure ?? "").prefixed(": ")
  }

  /// How an operation ended, and the end of its output; `nil` if neither is known.
  private static func finished(_ status: Int32?, _ tail: [String]) -> String? {
    let lines =
      (status.map { ["    exit code \($0)"] } ?? []) + tail.map { "    | \($0)" }
    return lines.isEmpty ? nil : lines.joined(separator: "\n          ")
  }
}

extension String {
  /// The text after a separator; nothing if it is empty.
  fileprivate func prefixed(_ separator: String) -> String { isEmpty ? "" : separator + self }
}
