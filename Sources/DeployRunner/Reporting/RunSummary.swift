import DeployDSL

/// The last lines about a run: what to do next, the active colour, the duration.
struct RunSummary {
  let report: RunReport
  let graph: StepGraph?
  let style: ReportStyle
  let exitCode: Int32
  /// What a dry run has shown.
  var dryRun = DryRun()

  /// What a dry run has shown.
  struct DryRun {
    var changes = 0
    var questions = 0
    var estimate: (duration: Duration, runs: Int)?

    var sentence: String {
      let time = estimate.map { estimate in
        ", in about \(estimate.duration.inRecord) ("
          + (estimate.runs == 1 ? "last run" : "last \(estimate.runs) runs") + ")"
      }
      return "dry run: nothing was changed; a run would make "
        + "\(changes == 1 ? "1 change" : "\(changes) changes") ($)\(time ?? "") and ask "
        + "\(questions == 1 ? "1 question" : "\(questions) questions") (?, shown by --verbose)"
    }
  }

  var messages: [Message] {
    let hint = next.map { Message(.next, $0, indent: 2, to: .problems) }
    return failures + [hint, lastLine].compactMap { $0 }
  }

  // MARK: Last line

  private var lastLine: Message {
    let time = report.duration.inRecord
    let place = style.host.map { " (\($0))" } ?? ""
    guard exitCode != 0 else {
      if report.isDryRun {
        return Message(.none, dryRun.sentence)
      }
      if report.outcome == .undone {
        return Message(
          .done, "\(name): \(report.outcome.sentence), \(serving), in \(time)\(place)\(seen)")
      }
      // Do not count steps that a condition skipped.
      let steps = report.nodes.count { isStep($0.node) && $0.attempts > 0 }
      let count = steps == 1 ? "1 step" : "\(steps) steps"
      return Message(.done, "\(name): \(serving), \(count) in \(time)\(place)\(seen)")
    }
    if report.isDryRun {
      return Message(
        .failed, "\(name): dry run failed, nothing was changed\(status)\(place)")
    }
    let symbol: Message.Symbol = report.outcome == .cleanupIncomplete ? .warning : .failed
    return Message(
      symbol, "\(name): \(outcome), \(serving), \(time)\(status)\(place)\(seen)")
  }

  /// What users saw meanwhile.
  private var seen: String { report.receipt.map { " · \($0.sentence)" } ?? "" }

  /// The requests that failed, by step and answer.
  private var failures: [Message] {
    guard let receipt = report.receipt else { return [] }
    return receipt.failureLines.map { Message(.warning, $0, indent: 2, to: .problems) }
  }

  private var status: String { style.showsExitCode ? ", exit code \(exitCode)" : "" }

  /// The outcome, for a list of several runs: `not deployed, web-blue still serves`.
  var summary: String {
    guard exitCode != 0 else { return report.isDryRun ? "nothing was changed" : serving }
    return report.isDryRun ? "dry run failed, nothing was changed" : "\(outcome), \(serving)"
  }

  private var name: String { report.application.name }

  private var outcome: String {
    switch report.outcome {
    case .failed where report.isInterrupted: "failed, not rolled back"
    case .failed, .unusable, .invalid, .locked: notDone
    case .rollbackFailed where isLeftAfterSwitch: "failed after the switch, not rolled back"
    case .rollbackFailed where report.isInterrupted: "rollback failed"
    default: report.outcome.sentence
    }
  }

  private var isLeftAfterSwitch: Bool {
    report.undone.isEmpty && report.hasSwitched && report.isInterrupted
  }

  private var notDone: String {
    switch style.purpose {
    case .deploy: report.outcome.sentence
    case .rollback, .undo: "not rolled back"
    case .resume: "not resumed"
    }
  }

  private var serving: String {
    guard let color = report.serving else {
      return switch report.outcome {
      case .succeeded: "done"
      case .undone: "nothing had been changed"
      // Nothing was detected, so nothing was changed.
      case _ where !report.nodes.contains { $0.status == .succeeded } && report.undone.isEmpty:
        "the proxy was not touched"
      default: "active colour unknown"
      }
    }
    let verb =
      switch report.outcome {
      case .succeeded, .cleanupIncomplete: report.hasSwitched ? "serves now" : "serves"
      case .rolledBack: "serves again"
      // Whether "again" or "still" applies is known only to the run that was rolled back.
      case .undone, .rollbackFailed: "serves"
      case .cancelled where report.hasSwitched: "serves now"
      case .cancelled where hasGoneBack: "serves again"
      default: "still serves"
      }
    return "\(report.application.serviceID(color)) \(verb)\(version)"
  }

  /// The live version, or the change that made it live: ` (12.3 → 12.4)`.
  private var version: String {
    guard let versions = report.versions else { return "" }
    return report.hasSwitched ? versions.remark : versions.from.map { " (\($0.text))" } ?? ""
  }

  /// Whether the run switched and then rolled back.
  private var hasGoneBack: Bool {
    report.nodes.contains { step in
      guard step.status == .succeeded, let graph, graph.nodes.indices.contains(step.node) else {
        return false
      }
      return graph.nodes[step.node].step is Reload
    }
  }

  private func isStep(_ node: Int) -> Bool {
    guard let graph, graph.nodes.indices.contains(node) else { return true }
    return !graph.nodes[node].step.isMeetingPoint
  }

  /// The steps that failed, or to which the run did not come.
  private var remaining: [String] {
    let done = Set(
      report.nodes.filter { [.succeeded, .skipped, .passedOver].contains($0.status) }.map(\.node))
    guard let graph else { return report.nodes.filter { !done.contains($0.node) }.map(\.name) }
    return graph.nodes.filter { !done.contains($0.id) && isStep($0.id) }.map(\.name)
  }

  // MARK: Next steps

  /// The command that starts the same again.
  private var again: String {
    (style.purpose == .rollback ? "bgrun rollback PLAN" : "bgrun deploy PLAN") + style.settings
  }

  private var next: String? {
    if !report.left.isEmpty, let serving = report.serving {
      let (now, before) = (serving, serving.other)
      return "\(report.application.serviceID(now)) serves; `bgrun resume PLAN` finishes it "
        + "(\(report.left.joined(separator: ", "))), `bgrun resume PLAN --undo` starts "
        + "\(report.application.serviceID(before)) again and goes back to it"
    }
    if report.isInterrupted, report.outcome != .rollbackFailed || isLeftAfterSwitch {
      return "`bgrun resume PLAN` continues it, `bgrun resume PLAN --undo` rolls it back"
    }
    return switch report.outcome {
    case .succeeded: nil
    case .invalid where report.failure?.code == .nothingToResume: nil
    case .failed, .rolledBack: "fix the cause, then: `\(again)`"
    // There may be nothing to roll back to; the failure says what to do instead.
    case .unusable where style.purpose == .rollback: nil
    case .unusable, .invalid: "nothing was changed; fix the cause, then: `\(again)`"
    case .cancelled: "to start again: `\(again)`"
    case .locked, .undone: nil
    case .rollbackFailed where !report.isInterrupted:
      "fix the cause, then check: `bgrun status PLAN`"
    case .rollbackFailed:
      "manual intervention required: check `docker ps` and the proxy; "
        + "`bgrun resume PLAN --undo` tries the rollback again; after a manual fix run "
        + "`bgrun resolve PLAN`"
    case .cleanupIncomplete where report.failure == nil:
      "once those requests have ended, `bgrun resume PLAN` stops the previous version; "
        + "`bgrun status PLAN` shows them"
    case .cleanupIncomplete:
      "not done: \(remaining.joined(separator: ", ")); finish that manually"
        + (report.serving == nil
          ? ", after checking the active colour: `bgrun status PLAN`"
          : "; the new version is active")
    }
  }
}
