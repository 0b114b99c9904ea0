import DeployDSL
public import DeployRunner

/// The result of a run on a simulated host, for expectations and custom checks.
///
/// ```swift
/// let rehearsal = try await plan.rehearse()
/// expectOutcome(.succeeded, of: rehearsal)
/// expectServing(.green, on: rehearsal.host)
/// print(rehearsal.transcript)
/// ```
public struct Rehearsal: Sendable {
  /// The injected fault while the rehearsal is being checked, shown in failed expectations.
  @TaskLocal package static var circumstances: String?

  /// The report of the run.
  public let report: RunReport
  /// The events, in order.
  public internal(set) var events: [Event]
  /// The host in its state after the run.
  public let host: SimulatedHost
  /// The reports of other runs of the plan that the fault brings about.
  package internal(set) var others: [RunReport] = []
  /// The scenario that was played.
  package internal(set) var scenario = Scenario()
  /// What happened in it.
  package internal(set) var course = Course()
  /// What contradicts the contracts of bgrun, if a scenario was played.
  package internal(set) var violations: [Violation] = []

  /// The outcome of the run.
  public var outcome: RunReport.Outcome { report.outcome }

  /// The commands and file writes that changed the host, or tried to, in the order in which they
  /// began.
  ///
  /// They are written as one would type them and include those of undos. For a dry run: the ones
  /// that would have changed the host.
  public var changes: [String] {
    events.compactMap { event in
      guard case .operation(let operation) = event.kind, operation.effect == .change else {
        return nil
      }
      return operation.text
    }
  }

  /// The addresses to which steps and health checks sent a GET, in order.
  public var requests: [String] {
    events.compactMap { event in
      guard case .operation(let operation) = event.kind, operation.text.hasPrefix("GET ") else {
        return nil
      }
      return String(operation.text.dropFirst("GET ".count))
    }
  }

  /// The undone steps and changes, in order: `undo Migrate`, `stop grafana-green`.
  public var undone: [String] { report.undone.map(\.what) }

  /// The log lines of the steps, including warnings.
  public var notes: [String] {
    events.compactMap { event in
      switch event.kind {
      case .note(let text), .warning(let text): text
      default: nil
      }
    }
  }

  /// The longest time without a good answer through the proxy; one that did not end counts until
  /// the end of the simulation.
  package var outage: Duration {
    let world = host.world
    return world.outages.map { ($0.ended ?? world.now) - $0.began }.max() ?? .zero
  }

  /// All events and who served when, one per line, with the seconds since the run started.
  package var timeLine: [String] {
    // Another run reports before the run that it meets.
    var entries = events.sorted { $0.at < $1.at }.compactMap { event in
      event.line.map { (at: event.at, text: $0) }
    }
    var serving = host.timeline.first?.serving
    for entry in host.timeline where entry.serving != serving {
      serving = entry.serving
      let text = "\(serving?.rawValue ?? "no colour") serves"
      let place = entries.firstIndex { $0.at > entry.at } ?? entries.endIndex
      entries.insert((entry.at, "\(entry.at.inRecord)  → \(text)"), at: place)
    }
    return entries.map(\.text)
  }

  /// All events, one per line, with the seconds since the run started.
  public var transcript: String { events.compactMap(\.line).joined(separator: "\n") }
}

extension Event {
  /// The event as a line of the transcript; `nil` for reads.
  var line: String? {
    what.map { "\(at.inRecord)  \($0)" }
  }

  private var what: String? {
    switch kind {
    case .runStarted(let graph, _): "\(graph.application.name) begins"
    case .versions, .estimate, .nodeStarted, .deadline, .difference: nil
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
