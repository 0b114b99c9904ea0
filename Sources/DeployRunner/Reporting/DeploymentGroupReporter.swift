/// Reports the run of a deployment group: each application through its own reporter, then a
/// summary.
///
/// A group of one application is reported like a single run. When applications run in parallel,
/// every line begins with the application's name. Of several hosts each gets a line when it is done,
/// and one that shows its current step meanwhile.
package struct DeploymentGroupReporter {
  /// The format of the report.
  package enum Form: Sendable {
    /// Text for a terminal or log.
    case human
    /// One JSON object per line for programs; the last one has the event `finished`.
    case json
  }

  /// What is shown of a host of which nothing is heard, instead of its step; `nil` for others.
  package var hostSilence: @Sendable (_ host: String) -> String? = { _ in nil }
  private let names: [String]
  /// The hosts of the members; empty if there is only one.
  private let hosts: [String]
  /// What tells the members apart.
  private let titles: [String]
  private let form: Form
  private let style: ReportStyle
  private let sink: ReportSink
  private let isSideBySide: Bool
  private var reporters: [Int: any Reporter] = [:]
  /// The member whose reporter may draw the live line.
  private var current: Int?
  private var signal: Int32?
  private let live: LiveMembers?

  /// Makes a reporter.
  ///
  /// - Parameters:
  ///   - group: the deployment group to report.
  ///   - sink: the destination of the lines.
  ///   - form: text or JSON. Default: text.
  ///   - style: how each run is shown. Even if it is live, only one member draws the live line.
  package init(
    _ group: DeploymentGroup, to sink: ReportSink, as form: Form = .human,
    style: ReportStyle = ReportStyle()
  ) {
    self.init(
      RunRecord.Beginning(group, style.purpose), hosts: group.members.compactMap(\.host), to: sink,
      as: form, style: style)
  }

  /// Makes a reporter of a group that runs elsewhere.
  package init(
    _ group: RunRecord.Beginning, hosts: [String] = [], to sink: ReportSink, as form: Form,
    style: ReportStyle
  ) {
    names = group.applications
    self.hosts = hosts
    titles = DeploymentGroupReport.titles(applications: names, hosts: hosts)
    isSideBySide = group.isSideBySide || !hosts.isEmpty
    live =
      hosts.isEmpty || form == .json || !style.isLive
      ? nil : LiveMembers(titles, sink, style)
    self.sink = live?.sink ?? sink
    self.form = form
    var style = style
    style.purpose = group.purpose
    style.isLive = style.isLive && !isSideBySide
    style.showsExitCode = style.showsExitCode && names.count == 1
    self.style = style
  }

  /// Shows an event.
  package mutating func report(_ event: DeploymentGroup.MemberEvent) {
    if case .runStarted = event.event.kind {
      reporters[event.member] = reporter(of: event)
      current = event.member
    }
    reporters[event.member]?.report(event.event)
    live?.take(event)
    // A finished member can no longer be interrupted.
    if case .runFinished = event.event.kind { reporters[event.member] = nil }
  }

  /// Shows that a wave starts.
  package func begin(_ wave: DeploymentGroup.WaveStart) {
    let summary = WaveSummary(wave: wave, titles: titles, names: names, style: style)
    switch form {
    case .human:
      var console = Console(sink: sink, style: style)
      for message in summary.messages where style.detail > .quiet { console.write(message) }
    case .json: sink.write(summary.json(hosts: hosts), to: .results)
    }
  }

  /// Reports that a signal interrupted the run.
  package mutating func interrupt(signal: Int32) {
    self.signal = signal
    if !hosts.isEmpty, form == .human {
      var console = Console(sink: sink, style: style)
      return console.write(
        Message(
          .warning,
          "interrupted: the hosts of this wave will stop and roll back, no other one is started; press "
            + "Ctrl-C again to quit immediately", to: .problems))
    }
    for member in reporters.keys.sorted() { reporters[member]?.interrupt(signal: signal) }
  }

  /// Shows something that is not an event of the run.
  package mutating func notice(_ text: String) {
    if let current, var human = reporters[current] as? HumanReporter {
      human.notice(text)
      reporters[current] = human
    } else {
      sink.write("bgrun: \(text)\n", to: .problems)
    }
  }

  /// Whether ``tick(silence:)`` has something to do: there are live lines, or a log must not be silent.
  package var needsTicks: Bool { style.isLive || live != nil || style.pulse != nil }

  /// Redraws the live lines, or ends a long silence of a log.
  ///
  /// - Parameter silence: what is shown instead of the progress while nothing is heard of the run.
  package mutating func tick(silence: String?) {
    live?.redraw { hosts.isEmpty ? nil : hostSilence(hosts[$0]) }
    for member in style.isLive ? [current].compactMap(\.self) : reporters.keys.sorted() {
      guard var human = reporters[member] as? HumanReporter else { continue }
      human.tick(silence: silence)
      reporters[member] = human
    }
  }

  /// Reports the outcome of each application, if there are several.
  package func finish(_ report: DeploymentGroupReport) {
    live?.end()
    guard names.count > 1 else { return }
    let summary = DeploymentGroupSummary(report: report, signal: signal)
    switch form {
    case .human:
      var console = Console(sink: sink, style: style)
      for message in summary.messages { console.write(message) }
    case .json: sink.write(summary.json, to: .results)
    }
  }

  private func reporter(of event: DeploymentGroup.MemberEvent) -> any Reporter {
    var style = style
    if event.isRollback { style.purpose = .rollback }
    let name = names[event.member]
    let host = hosts.isEmpty ? nil : hosts[event.member]
    // One of several hosts is named as it is; its application too, unless it is the only one.
    let choice = [
      // `--on` may be there already.
      host.map { Command(["--only-host", $0]).description },
      Set(names).count > 1 ? "--only \(name)" : nil,
    ]
    let words = (["PLAN"] + choice.compactMap(\.self)).joined(separator: " ")
    let sink = words == "PLAN" ? sink : sink.naming(plan: words)
    switch form {
    case .json:
      return JSONReporter(
        to: sink, purpose: style.purpose, isVerbose: style.detail == .verbose, host: host)
    case .human:
      if needsTicks {
        let start = ContinuousClock.now
        style.now = { start.duration(to: .now) }
      }
      guard isSideBySide else { return HumanReporter(to: sink, style: style) }
      // Of several hosts only the ends and failures are shown, each below the other.
      if host != nil, style.detail == .normal { style.detail = .quiet }
      style.width = { [width = style.width, prefix] in width() - prefix }
      return HumanReporter(to: prefixed(titles[event.member], sink), style: style)
    }
  }

  /// The columns of the longest name and the space behind it.
  private var prefix: Int { (titles.map(\.width).max() ?? 0) + 2 }

  /// A sink that prefixes each line with a name.
  private func prefixed(_ name: String, _ sink: ReportSink) -> ReportSink {
    let prefix = name.padded(toWidth: prefix)
    return ReportSink { text, channel in
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let isWhole = lines.last?.isEmpty == true
      let shown = (isWhole ? lines.dropLast() : lines[...]).map { prefix + $0 }
      sink.write(shown.joined(separator: "\n") + (isWhole ? "\n" : ""), to: channel)
    }
  }
}

extension DeploymentGroup {
  /// Whether several members may run at a time.
  var isSideBySide: Bool { stages.contains { $0.members.count > 1 && ($0.limit ?? 2) > 1 } }
}
