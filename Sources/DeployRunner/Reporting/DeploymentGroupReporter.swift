import DeployDSL

/// Tells the run of a fleet: each application's by a reporter of its own, then what became of each.
///
/// A fleet of one application is told as that application's run alone would be. Of those that run
/// side by side every line begins with the application.
package struct DeploymentGroupReporter {
  /// Who is told.
  package enum Form: Sendable {
    /// A person.
    case human
    /// A program: one JSON object a line; the last one has the event `finished`.
    case json
  }

  private let names: [String]
  private let form: Form
  private let style: ReportStyle
  private let sink: ReportSink
  private let isSideBySide: Bool
  private var reporters: [Int: any Reporter] = [:]
  /// The member whose reporter may rewrite a line in place.
  private var current: Int?
  private var signal: Int32?

  /// Makes a reporter.
  ///
  /// - Parameters:
  ///   - fleet: the fleet that will be followed.
  ///   - sink: where the lines go.
  ///   - form: for people or for programs. Default: people.
  ///   - style: how each run is shown; whether it is live is the most that may be.
  package init(
    _ fleet: DeploymentGroup, to sink: ReportSink, as form: Form = .human,
    style: ReportStyle = ReportStyle()
  ) {
    names = fleet.members.map(\.graph.application.name)
    isSideBySide = fleet.isSideBySide
    self.sink = sink
    self.form = form
    var style = style
    style.isLive = style.isLive && !isSideBySide
    style.showsExitCode = style.showsExitCode && names.count == 1
    self.style = style
  }

  /// Shows an event.
  package mutating func report(_ event: FleetEvent) {
    if case .runStarted = event.event.kind {
      reporters[event.member] = reporter(of: event)
      current = event.member
    }
    reporters[event.member]?.report(event.event)
    // What was only begun cannot be interrupted any more once it has ended.
    if case .runFinished = event.event.kind { reporters[event.member] = nil }
  }

  /// Says that a signal asked the run to end.
  package mutating func interrupt(signal: Int32) {
    self.signal = signal
    for member in reporters.keys.sorted() { reporters[member]?.interrupt(signal: signal) }
  }

  /// Whether there is a line that is rewritten in place, which ``tick()`` keeps moving.
  package var isLive: Bool { style.isLive }

  /// Redraws the line that is rewritten in place, if there is one.
  package mutating func tick() {
    guard let current, var human = reporters[current] as? HumanReporter else { return }
    human.tick()
    reporters[current] = human
  }

  /// Says what became of each application, if there are several.
  package func finish(_ report: DeploymentGroupReport) {
    guard names.count > 1 else { return }
    let summary = DeploymentGroupSummary(report: report, signal: signal)
    switch form {
    case .human:
      var console = Console(sink: sink, style: style)
      for message in summary.messages { console.write(message) }
    case .json: sink.write(summary.json, to: .results)
    }
  }

  private func reporter(of event: FleetEvent) -> any Reporter {
    var style = style
    if event.isBringingBack { style.purpose = .rollback }
    let name = names[event.member]
    let sink = names.count > 1 ? sink.naming(plan: "PLAN --only \(name)") : sink
    switch form {
    case .json: return JSONReporter(to: sink, purpose: style.purpose)
    case .human:
      if style.isLive {
        let start = ContinuousClock.now
        style.now = { start.duration(to: .now) }
      }
      return HumanReporter(to: isSideBySide ? prefixed(name, sink) : sink, style: style)
    }
  }

  /// A sink whose lines begin with a name.
  private func prefixed(_ name: String, _ sink: ReportSink) -> ReportSink {
    let width = names.map(\.width).max() ?? 0
    let prefix = name.padded(toWidth: width) + "  "
    return ReportSink { text, channel in
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let isWhole = lines.last?.isEmpty == true
      let shown = (isWhole ? lines.dropLast() : lines[...]).map { prefix + $0 }
      sink.write(shown.joined(separator: "\n") + (isWhole ? "\n" : ""), to: channel)
    }
  }
}

extension DeploymentGroup {
  /// Whether two may run at a time.
  var isSideBySide: Bool { stages.contains { $0.members.count > 1 && ($0.limit ?? 2) > 1 } }
}
