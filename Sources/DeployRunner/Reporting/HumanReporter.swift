import DeployDSL

/// Reports a run as text: a line for each step, any failure, and the active colour at the end.
///
/// On a terminal, live lines also show the steps that run and those to come.
public struct HumanReporter: Reporter {
  private let style: ReportStyle
  private var console: Console
  private var progress = Progress()
  private var graph: StepGraph?
  private var isDryRun = false
  private var signal: Int32?
  private var told: DeployError?
  private var asking: Set<Int> = []
  /// Whether the first line is still to be written: it waits until the versions are known.
  private var isOpening = false
  private var isVersionShown = false
  /// What a dry run has shown, for its last line.
  private var (changes, questions) = (0, 0)
  /// The time of the run, and when the last line was written.
  private var (now, spoke) = (Duration.zero, Duration.zero)

  /// Creates a reporter; it writes control codes only if the style enables colours.
  public init(to sink: ReportSink, isColored: Bool = false) {
    self.init(to: sink, style: ReportStyle(isColored: isColored))
  }

  package init(to sink: ReportSink, style: ReportStyle) {
    self.style = style
    console = Console(sink: sink, style: style)
  }

  /// Reports an event.
  public mutating func report(_ event: Event) {
    now = max(now, event.at)
    switch event.kind {
    case .runStarted(let graph, let isDryRun): start(graph, isDryRun: isDryRun)
    case .versions(let change): show(change)
    case .estimate(let duration, let runs): progress.expects(duration, runs: runs)
    case .nodeStarted: begin(event)
    case .deadline(let time): progress.limit(event.node, time)
    case .difference(let difference): show(difference, of: event.node)
    case .retry(let attempt, let count, let reason): retry(event, attempt, of: count, reason)
    case .operation(let record): show(record, of: event.node)
    case .output(let line): show(line, of: event.node)
    case .probe(_, _, let answer, let isGood): probe(event, answer, isGood: isGood)
    case .asked(let question): ask(question, event.node)
    case .note(let text):
      let indent = isDryRun && event.node != nil ? 4 : 2
      say(Message(.note, text, indent: indent), from: .normal, of: event.node)
    case .warning(let text):
      say(Message(.warning, text, indent: 2, to: .problems), from: .quiet, of: event.node)
    case .interruptionMeans(let text): progress.interruptionMeans(text)
    case .nodeFinished(let report): end(report)
    case .undoStarted(let what): progress.undo(what, at: event.at)
    case .undoFinished(let what, let failure):
      undone(what, failure, took: progress.undo(nil, at: event.at))
    case .runFinished(let report): finish(report)
    }
    tick(at: event.at)
  }

  /// Reports that the run was interrupted.
  public mutating func interrupt(signal: Int32) {
    self.signal = signal
    write(
      Message(
        .warning,
        "interrupted: bgrun will \(progress.effectOfInterruption); press Ctrl-C again to quit immediately",
        to: .problems))
  }

  /// Shows something that is not an event of the run.
  mutating func notice(_ text: String) {
    write(Message(.warning, text, indent: 2, to: .problems))
  }

  /// Redraws the live lines, or ends a long silence of a log.
  ///
  /// - Parameter silence: what is shown instead of the progress while nothing is heard of the run.
  package mutating func tick(silence: String? = nil) {
    if let now = style.now { tick(at: now(), silence) }
  }

  private mutating func tick(at time: Duration, _ silence: String? = nil) {
    now = max(now, time)
    guard style.detail > .quiet, !isDryRun, asking.isEmpty else { return }
    if style.isLive {
      if isOpening, time > Self.patience { open() }
      console.setLive(
        silence.map { [LiveLine(kind: .quiet, text: "  \($0)")] }
          ?? progress.lines(
            at: max(time, style.now?() ?? time), room: console.liveRoom, width: style.width()))
    } else if let pulse = style.pulse, time - spoke >= pulse {
      let messages =
        silence.map { [Message(.note, $0, indent: 2)] } ?? progress.pulse(at: time)
      for message in messages { write(message) }
      spoke = time
    }
  }

  // MARK: Steps

  private mutating func start(_ graph: StepGraph, isDryRun: Bool) {
    self.graph = graph
    self.isDryRun = isDryRun
    progress = Progress(graph: graph)
    isOpening = true
  }

  /// How long a terminal waits for the versions before it shows the first line without them.
  private static let patience: Duration = .seconds(1)

  /// Writes the first line, unless that has been done.
  private mutating func open(_ change: VersionChange? = nil) {
    guard isOpening, let graph else { return }
    isOpening = false
    guard style.detail >= .normal else { return }
    let host = style.host.map { " on a \($0)" } ?? ""
    let settings = change?.settingsText.map { ", \($0)" } ?? ""
    let name = graph.application.name + (change?.text.map { " \($0)" } ?? "") + settings
    let text =
      isDryRun
      ? "Dry run of \(name)\(host): nothing is changed"
      : graph.stopsKept
        ? "Finishing the deploy of \(graph.application.name): stopping what it kept running\(host)"
        : style.purpose.text(name, isVersionKnown: change?.text != nil) + host
    console.write(Message(.heading, text))
  }

  /// Shows the versions on the first line, or below it if it has been written.
  private mutating func show(_ change: VersionChange) {
    defer { isVersionShown = isVersionShown || change.text != nil }
    if isOpening { return open(change) }
    guard !isVersionShown, let text = change.text else { return }
    say(Message(.note, text, indent: 2), from: .normal)
  }

  private mutating func write(_ message: Message) {
    open()
    spoke = now
    console.write(message)
  }

  private mutating func begin(_ event: Event) {
    guard let node = event.node else { return }
    progress.begin(node, at: event.at)
    guard !isJoin(node), style.detail == .verbose, !isDryRun else { return }
    write(Message(.heading, name(of: node)))
  }

  private mutating func retry(_ event: Event, _ attempt: Int, of count: Int, _ reason: String) {
    guard let node = event.node else { return }
    progress.describe(node, "attempt \(attempt)/\(count)")
    let text = "\(name(of: node)): attempt \(attempt)/\(count), because \(reason)"
    say(Message(.retry, text, indent: 2), from: .normal, of: node)
  }

  /// A terminal shows every answer on a live line; a log gets a line for each new answer.
  private mutating func probe(_ event: Event, _ answer: String, isGood: Bool) {
    guard let node = event.node else { return }
    let isNews = progress.answered(node, answer, isGood: isGood)
    let isShown = style.detail == .verbose || (isNews && !isGood && !style.isLive)
    guard isShown else { return }
    say(Message(.note, "\(name(of: node)): \(answer)", indent: 2), from: .normal, of: node)
  }

  /// Asks the user, without the live line, which would overwrite the input.
  private mutating func ask(_ question: String, _ node: Int?) {
    console.setLive([])
    if let node { asking.insert(node) }
    write(Message(.question, "\(question) [y/N]"))
  }

  private mutating func show(_ record: OperationEntry, of node: Int?) {
    progress.does(record)
    // A health check repeats the same probe many times.
    guard record.effect != .verify || progress.isFirst(record.text, of: node) else { return }
    let isChange = record.effect == .change
    if isDryRun {
      (changes, questions) = (changes + (isChange ? 1 : 0), questions + (isChange ? 0 : 1))
    }
    let text =
      isDryRun && style.detail < .verbose
      ? record.text.replacing(/\b[0-9a-f]{64}\b/) { $0.output.prefix(12) } : record.text
    say(
      Message(isChange ? .command : .asked, text, indent: isDryRun ? 4 : 2),
      from: isDryRun && isChange ? .normal : .verbose, of: node)
  }

  private mutating func show(_ line: OutputLine, of node: Int?) {
    progress.printed(line.text, node)
    say(Message(.output, line.text, indent: 4), from: .verbose, of: node)
  }

  private mutating func show(_ difference: FileDifference, of node: Int?) {
    for line in difference.lines {
      say(
        Message(
          line.change == .removed ? .removed : .added,
          "\(difference.file):\(line.line)  \(line.text)", indent: 4),
        from: isDryRun ? .normal : .verbose, of: node)
    }
  }

  private mutating func end(_ report: NodeReport) {
    let held = progress.end(
      report.node, mayFollow: report.status == .retried || report.status == .cancelled)
    asking.remove(report.node)
    guard !isJoin(report.node) else { return }
    let name = report.name.padded(toWidth: progress.nameWidth)
    let summary = report.status == .wouldRun ? "" : report.summary
    let text = summary.isEmpty ? report.name : "\(name)  \(summary)"
    let hang = progress.nameWidth + 4
    if isDryRun, [.wouldRun, .succeeded].contains(report.status) {
      let isChange = held.contains { $0.symbol == .command }
      let symbol = Message.Symbol(of: node(report.node)?.kind, isChange: isChange)
      say(Message(symbol, text, hang: hang), from: .normal)
      for message in held where style.detail > .quiet { write(message) }
      return
    }
    for message in held where style.detail > .quiet { write(message) }
    say(
      Message(report.status.symbol, text, trailing: report.duration.inRecord, hang: hang),
      from: .normal)
    if report.status == .failed, let failure = report.failure { tell(failure, of: report.node) }
  }

  private mutating func tell(_ failure: DeployError, of node: Int?) {
    told = failure
    let known = node.flatMap { self.node($0) }
    let name = known?.name ?? graph?.application.name ?? ""
    // If the project lacks something, show the plan's location instead of the step's.
    let location = failure.code == .plan ? graph?.location : known?.location
    let block = FailureBlock(failure: failure, name: name, location: location)
    for message in block.messages { write(message) }
  }

  private mutating func undone(_ what: String, _ failure: DeployError?, took time: Duration?) {
    // The undo of a step of one's own is called "undo NAME".
    let undo = what.hasPrefix("undo ") ? what : "undo: \(what)"
    guard let failure else {
      return write(
        Message(.undo, undo, trailing: time?.inRecord, indent: 2, to: .problems))
    }
    write(Message(.failed, "failed: \(undo)", indent: 2, to: .problems))
    let block = FailureBlock(failure: failure, name: what, location: nil)
    for message in block.messages { write(message) }
  }

  // MARK: End

  private mutating func finish(_ report: RunReport) {
    let estimate = progress.estimate
    progress = Progress()
    console.setLive([])
    if let failure = report.failure, failure != told { tell(failure, of: report.failedNode) }
    var record = RunSummary(
      report: report, graph: graph, style: style,
      exitCode: report.outcome.exitCode(afterSignal: signal))
    record.dryRun = .init(changes: changes, questions: questions, estimate: estimate)
    for message in record.messages { write(message) }
  }

  // MARK: Details

  /// Writes a message if the level of detail includes it. A dry run groups messages by step, even
  /// for parallel steps.
  private mutating func say(
    _ message: Message, from detail: ReportStyle.Detail, of node: Int? = nil
  ) {
    guard style.detail >= detail else { return }
    if isDryRun, let node, progress.hold(message, of: node) { return }
    write(message)
  }

  private func name(of node: Int) -> String {
    self.node(node)?.name ?? "step \(node)"
  }

  private func node(_ number: Int) -> Node? {
    guard let graph, graph.nodes.indices.contains(number) else { return nil }
    return graph.nodes[number]
  }

  /// Whether the node is a join, which gets no line.
  private func isJoin(_ node: Int) -> Bool {
    self.node(node)?.step.isMeetingPoint == true
  }
}

extension StepGraph {
  /// Whether it only stops what an earlier run has kept running.
  fileprivate var stopsKept: Bool { nodes.contains { $0.step is StopKept } }
}

extension RunPurpose {
  /// - Parameters:
  ///   - name: the application, with its versions as far as they are known.
  ///   - isVersionKnown: whether they are.
  fileprivate func text(_ name: String, isVersionKnown: Bool) -> String {
    switch self {
    case .deploy: "Deploying \(name)"
    case .rollback:
      "Rolling back \(name)" + (isVersionKnown ? "" : " to the previous version")
    case .resume: "Resuming the interrupted deploy of \(name)"
    case .undo: "Rolling back the interrupted deploy of \(name)"
    }
  }
}

extension Message.Symbol {
  /// What a dry run's step would do.
  fileprivate init(of kind: String?, isChange: Bool) {
    self =
      switch kind {
      case _ where !isChange: .reads
      case "up", "start": .starts
      case "stop", "stop-kept": .stops
      default: .changes
      }
  }
}

extension NodeReport.Status {
  fileprivate var symbol: Message.Symbol {
    switch self {
    case .succeeded: .done
    case .wouldRun: .none
    case .failed: .failed
    case .skipped, .cancelled: .skipped
    case .passedOver: .warning
    case .retried: .retry
    }
  }
}
