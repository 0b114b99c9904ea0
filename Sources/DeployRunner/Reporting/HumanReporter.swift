import DeployDSL

/// Reports a run as text: a line for each step, any failure, and the active colour at the end.
///
/// On a terminal, a live line also shows the current step.
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
    switch event.kind {
    case .runStarted(let graph, let isDryRun): start(graph, isDryRun: isDryRun)
    case .versions(let change): show(change)
    case .nodeStarted: begin(event)
    case .retry(let attempt, let count, let reason): retry(event, attempt, of: count, reason)
    case .operation(let record): show(record, of: event.node)
    case .output(let line): show(line, of: event.node)
    case .probe(let attempt, let count, let answer, let isGood):
      probe(event, "attempt \(attempt)/\(count)", answer, isGood: isGood)
    case .asked(let question): ask(question, event.node)
    case .note(let text): say(Message(.note, text, indent: 2), from: .normal, of: event.node)
    case .warning(let text):
      say(Message(.warning, text, indent: 2, to: .problems), from: .quiet, of: event.node)
    case .interruptionMeans(let text): progress.interruption = text
    case .nodeFinished(let report): end(report)
    case .undoStarted(let what): progress.undo(what, at: event.at)
    case .undoFinished(let what, let failure): undone(what, failure)
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
        "interrupted: "
          + (progress.interruption ?? "stopping and rolling back")
          + "; press Ctrl-C again to quit immediately", to: .problems))
  }

  /// Shows something that is not an event of the run.
  mutating func notice(_ text: String) {
    write(Message(.warning, text, indent: 2, to: .problems))
  }

  /// Whether there is a live line for ``tick()`` to redraw.
  package var isLive: Bool { style.isLive && style.now != nil }

  /// Redraws the live line, if there is one.
  package mutating func tick() {
    guard style.isLive, let now = style.now else { return }
    tick(at: now())
  }

  private mutating func tick(at time: Duration) {
    guard style.isLive, style.detail > .quiet, !isDryRun, asking.isEmpty else { return }
    if isOpening, time > Self.patience { open() }
    console.setLive(progress.line(at: max(time, style.now?() ?? time)))
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

  /// A terminal shows every attempt on the live line; a log gets a line when the answer changes.
  private mutating func probe(
    _ event: Event, _ attempt: String, _ answer: String, isGood: Bool
  ) {
    guard let node = event.node else { return }
    let isNews = progress.answered(node, answer)
    progress.describe(node, "\(attempt) \(answer)")
    let isShown = style.detail == .verbose || (isNews && !isGood && !style.isLive)
    guard isShown else { return }
    say(
      Message(.note, "\(name(of: node)): \(attempt), \(answer)", indent: 2), from: .normal, of: node
    )
  }

  /// Asks the user, without the live line, which would overwrite the input.
  private mutating func ask(_ question: String, _ node: Int?) {
    console.setLive(nil)
    if let node { asking.insert(node) }
    write(Message(.question, "\(question) [y/N]"))
  }

  private mutating func show(_ record: OperationEntry, of node: Int?) {
    // A health check repeats the same probe many times.
    guard record.effect != .verify || progress.isFirst(record.text, of: node) else { return }
    let isAsked = !record.isSkipped && record.effect != .change
    let message = Message(isAsked ? .asked : .command, record.text, indent: 2)
    say(message, from: isDryRun ? .normal : .verbose, of: node)
  }

  private mutating func show(_ line: OutputLine, of node: Int?) {
    say(Message(.output, line.text, indent: 4), from: .verbose, of: node)
  }

  private mutating func end(_ report: NodeReport) {
    let held = progress.end(report.node)
    asking.remove(report.node)
    guard !isJoin(report.node) else { return }
    if isDryRun {
      say(Message(.heading, report.name), from: .normal)
      for message in held where style.detail > .quiet { write(message) }
      switch report.status {
      case .wouldRun: return
      case .succeeded where !isCondition(report.node): return
      default: break
      }
    }
    let name = report.name.padded(toWidth: progress.nameWidth)
    let text = report.summary.isEmpty ? report.name : "\(name)  \(report.summary)"
    say(
      Message(report.status.symbol, text, trailing: report.duration.inRecord), from: .normal)
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

  private mutating func undone(_ what: String, _ failure: DeployError?) {
    progress.undo(nil, at: .zero)
    guard let failure else {
      return write(Message(.undo, "undone: \(what)", indent: 2, to: .problems))
    }
    write(Message(.failed, "not undone: \(what)", indent: 2, to: .problems))
    let block = FailureBlock(failure: failure, name: what, location: nil)
    for message in block.messages { write(message) }
  }

  // MARK: End

  private mutating func finish(_ report: RunReport) {
    progress = Progress()
    console.setLive(nil)
    if let failure = report.failure, failure != told { tell(failure, of: report.failedNode) }
    let record = RunSummary(
      report: report, graph: graph, style: style,
      exitCode: report.outcome.exitCode(afterSignal: signal))
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

  /// Whether the node is a condition: a dry run shows it, because it decides the path of the run.
  private func isCondition(_ node: Int) -> Bool { self.node(node)?.condition != nil }

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
