import DeployDSL
import DeployRunner

/// `bgrun history PLAN [RUN]`
struct HistoryCommand: ToolCommand {
  let name = "history"
  let summary = "show the last runs, or the steps of one"
  let arguments = "[PLAN.swift] [RUN]"
  let options = CommandOption.application + [.format]
  let examples = ["bgrun history", "bgrun history Plans/grafana.swift --format json"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    var options = options
    let run = options.takeRun()
    let plans = try PlanLoader(options: options, output: output).loadAllOrRecorded().plans
    for plan in plans {
      let application = plan.graph.application.name
      guard let state = try StatePath.existing(options, plan) else {
        if run == nil, options.format != .json {
          output.write("\(application): no runs yet\n")
        }
        continue
      }
      if let run {
        guard let id = try state.journal.run(named: run) else { continue }
        let journal = try state.journal.open(id)
        if options.format == .json {
          try output.write(json: HistoryEntry(JournalSummary(id, journal), of: application))
        } else {
          output.tell(Self.text(of: journal))
        }
        return ExitCode.done.rawValue
      }
      let runs = try state.history()
      if options.format == .json {
        for run in runs { try output.write(json: HistoryEntry(run, of: application)) }
        continue
      }
      guard !runs.isEmpty else {
        output.write("\(application): no runs yet\n")
        continue
      }
      if plans.count > 1 { output.write("\(application):\n") }
      output.tell(Self.table(of: runs))
    }
    if run != nil { throw ToolError.noRun(run) }
    return ExitCode.done.rawValue
  }

  /// The runs as a table with a header, newest first.
  static func table(of runs: [JournalSummary]) -> String {
    let rows = runs.map { run in
      [
        run.run.text, run.header.map { $0.started.withAge() } ?? "",
        run.purpose?.rawValue ?? "", run.versions?.text ?? "", run.status.text,
        Duration.milliseconds(run.milliseconds).inRecord,
        run.end?.receipt.map { "\($0.failed) of \($0.requests)" } ?? "", by(run),
      ]
    }
    return Table(
      ["run", "started", "kind", "version", "outcome", "took", "failed requests", "by"], rows
    ).text
  }

  private static func by(_ run: JournalSummary) -> String {
    let parts = [
      run.header.map { "\($0.user)@\($0.host)" }, run.versions?.settingsText,
      run.header?.reason.map { "\"\($0)\"" },
    ]
    return parts.compactMap(\.self).joined(separator: "  ")
  }

  private static func text(of journal: Journal) -> String {
    var lines = JournalText()
    return journal.records.compactMap { record in
      lines.line(record.entry).map { text in
        let time = Duration.milliseconds(record.at).inRecord
        return "\(time.padded(toWidth: 8))  \(text)\n"
      }
    }.joined()
  }
}

/// A run of the history, for programs.
private struct HistoryEntry: Encodable {
  var application: String
  var run: String
  /// ISO 8601 in UTC.
  var started: String?
  var kind: String?
  var outcome: RunStatus
  var exitCode: Int32?
  /// Seconds.
  var duration: Double
  var version: VersionChange?
  var serving: Color?
  var user: String?
  var host: String?
  var reason: String?
  var parameters: [String: String]?
  var failure: String?
  var receipt: RunReport.Receipt?

  init(_ summary: JournalSummary, of application: String) {
    self.application = application
    (run, outcome) = (summary.run.text, summary.status)
    (kind, version) = (summary.purpose?.rawValue, summary.versions)
    duration = Double(summary.milliseconds) / 1000
    started = summary.header?.started.iso
    (user, host) = (summary.header?.user, summary.header?.host)
    (reason, parameters) = (summary.header?.reason, summary.header?.parameters)
    receipt = summary.end?.receipt?.withoutStrip
    (exitCode, failure, serving) = (
      summary.end?.exitCode, summary.end?.failure, summary.end?.serving
    )
  }
}

/// A journal's entries for people.
struct JournalText {
  /// What the undos do, by their IDs.
  private var undos: [Int: String] = [:]

  /// The next entry; `nil` if it says nothing to people.
  mutating func line(_ entry: JournalEntry) -> String? {
    switch entry {
    case .undoDeclared(let id, _, let undo):
      undos[id] = undo.summary
      return nil
    case .undoStarted(let id): return "▸ \(undos[id] ?? "undo")"
    default: return Self.line(entry)
    }
  }

  private static func line(_ entry: JournalEntry) -> String? {
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
      "  \(status.rawValue) in \(Duration.milliseconds(milliseconds).inRecord)"
        + (failure ?? summary).prefixed(": ")
    case .undoFinished(_, let failure):
      failure.map { "  not rolled back: \($0)" } ?? "  rolled back"
    case .runFinished(let end): ended(end)
    case .runLeft(let end): "interrupted: " + ended(end)
    case .resolved(let user, _, let how): "resolved by \(user): \(how)"
    case .kept(let service, _, _): "  \(service) is kept running"
    case .undoDeclared, .undoStarted, .phase, .oldWorkers, .committed, .stopping: nil
    }
  }
}

extension JournalText {
  private static func ended(_ end: JournalEnd) -> String {
    "\(end.outcome.text), exit code \(end.exitCode)" + (end.versions?.text ?? "").prefixed(", ")
      + (end.failure ?? "").prefixed(": ")
      + (end.receipt.map { ([$0.sentence] + $0.failureLines).joined(separator: "\n          ") }
      ?? "").prefixed("\n          ")
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
