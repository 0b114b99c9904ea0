import DeployRunner

/// Shows a run of another host, and asks its questions.
struct RemoteScreen {
  private let options: Options
  private let output: Output
  private let run: RemoteRun
  private let questions: RemoteQuestions
  private let controller: ControllerEnd
  private var reporter: DeploymentGroupReporter?
  private var finished: [DeploymentGroup.MemberEvent] = []

  /// - Parameter settings: the options that set the plan's parameters, for proposed commands.
  init(
    _ options: Options, _ output: Output, _ run: RemoteRun, _ controller: ControllerEnd,
    settings: String
  ) {
    (self.options, self.output, self.controller) = (options, output, controller)
    self.run = run
    questions = RemoteQuestions(
      of: run, on: options.format == .json ? nil : Terminal(isSeen: output.isTerminal),
      settings: settings)
  }

  /// Whether ``tick()`` may have something to do.
  var needsTicks: Bool { options.format != .json && options.executor == .docker }

  mutating func tick() {
    let silence = run.silence
    reporter?.tick(silence: silence)
  }

  mutating func show(_ item: RemoteRun.Item) {
    switch item {
    case .record(let line, let record): show(record, line)
    case .text(let text): output.complain(text)
    case .notice(let text):
      if reporter == nil { output.complain("bgrun: \(text)\n") }
      reporter?.notice(text)
    }
  }

  /// Asks nothing more.
  func close() {
    questions.close()
    controller.end()
  }

  private mutating func show(_ record: RunRecord, _ line: Int) {
    if let notice = controller.take(record, line: line) { reporter?.notice(notice) }
    switch record {
    case .began(let beginning):
      var style = output.style(options, isWatched: options.executor == .docker)
      style.purpose = beginning.purpose
      reporter = DeploymentGroupReporter(
        beginning, to: output.sink, as: options.format == .json ? .json : .human, style: style)
    case .event(let record):
      reporter?.report(record.event)
      follow(record.event, line)
    case .interrupted(let signal): reporter?.interrupt(signal: signal)
    case .wanted, .granted, .withdrawn: break
    case .ended(_, let ending):
      if let ending { reporter?.finish(DeploymentGroupReport(ending, runs: finished)) }
    }
  }

  private mutating func follow(_ event: DeploymentGroup.MemberEvent, _ line: Int) {
    if let problem = questions.take(event, line: line) { reporter?.notice(problem) }
    if case .runFinished = event.event.kind { finished.append(event) }
  }
}
