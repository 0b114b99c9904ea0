import DeployDSL
public import DeployRunner

/// What came of a run on a simulated host, for expectations and for a look of one's own.
///
/// ```swift
/// let rehearsal = try await plan.rehearse()
/// expectOutcome(.succeeded, of: rehearsal)
/// expectServing(.green, on: rehearsal.host)
/// print(rehearsal.transcript)
/// ```
public struct Rehearsal: Sendable {
  /// What goes wrong in it, while somebody judges it: for the texts of what is not as it should be.
  @TaskLocal package static var circumstances: String?

  /// How the run ended.
  public let report: RunReport
  /// What happened, in order.
  public let events: [Event]
  /// The host as the run left it.
  public let host: SimulatedHost

  /// How the run ended, in a word.
  public var outcome: RunReport.Outcome { report.outcome }

  /// The commands and file writes that changed the host, or tried to, in the order in which they
  /// began.
  ///
  /// They are written as one would type them; what undo did is among them. In a dry run: what would
  /// have changed it.
  public var changes: [String] {
    events.compactMap { event in
      guard case .operation(let operation) = event.kind, operation.effect == .change else {
        return nil
      }
      return operation.text
    }
  }

  /// The addresses that steps and gates sent a GET to, in the order in which they did.
  public var requests: [String] {
    events.compactMap { event in
      guard case .operation(let operation) = event.kind, operation.text.hasPrefix("GET ") else {
        return nil
      }
      return String(operation.text.dropFirst("GET ".count))
    }
  }

  /// What was taken back, in the order in which it was: `undo Migrate`, `stop grafana-green`.
  public var undone: [String] { report.undone.map(\.what) }

  /// What the steps logged, warnings included.
  public var notes: [String] {
    events.compactMap { event in
      switch event.kind {
      case .note(let text), .warning(let text): text
      default: nil
      }
    }
  }

  /// Everything that happened, a line each, with the seconds since the run began.
  public var transcript: String { events.compactMap(\.line).joined(separator: "\n") }
}

extension Event {
  /// The event as a line of a transcript; looking is not worth one.
  var line: String? {
    what.map { "\(at.inRecord)  \($0)" }
  }

  private var what: String? {
    switch kind {
    case .runStarted(let graph, _): "\(graph.application.name) begins"
    case .nodeStarted: nil
    case .retry(let attempt, let count, let reason): "attempt \(attempt) of \(count): \(reason)"
    case .operation(let operation): operation.effect == .change ? "$ \(operation.text)" : nil
    case .output(let line): "| \(line.text)"
    case .probe(let attempt, let count, let answer, _): "probe \(attempt) of \(count): \(answer)"
    case .asked(let question): "asks: \(question)"
    case .note(let text): text
    case .warning(let text): "warning: \(text)"
    case .interruptionMeans: nil
    case .nodeFinished(let report):
      "\(report.name): \(report.status.rawValue)" + (report.failure.map { ": \($0)" } ?? "")
    case .undoStarted: nil
    case .undoFinished(let what, let failure):
      "\(what): " + (failure.map { "failed: \($0)" } ?? "done")
    case .runFinished(let report): "\(report.outcome.rawValue)"
    }
  }
}
