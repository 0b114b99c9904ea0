package import DeployDSL

/// A run as its journal tells it, for reports that are written after it: what happened when.
package struct RunStory: Sendable {
  /// A step, a condition, or the undo of a step.
  package struct Step: Sendable {
    package var node: Int?
    package var name: String
    var began: Duration
    /// `nil` if the run died meanwhile.
    package var ended: Duration?
    package var status: NodeReport.Status?
    /// The short result.
    var summary = ""
    package var failure: String?
    package var commands: [Command] = []
    var isUndo: Bool { node == nil }
    package var hasFailed: Bool { status == .failed || (isUndo && failure != nil) }
  }

  /// A command or another operation that changed something.
  package struct Command: Sendable {
    package var text: String
    var began: Duration
    package var ended: Duration?
    package var status: Int32?
    /// Its last lines of output.
    package var output: [String] = []
  }

  /// A time during which the same colour served; `nil` while nginx was being reloaded.
  struct Serving: Sendable, Equatable {
    var color: Color?
    var began: Duration
    var ended: Duration
  }

  package let summary: JournalSummary
  package private(set) var steps: [Step] = []
  /// The first step of the process that continued the run last.
  private var first = 0
  private(set) var serving: [Serving] = []
  /// When the run had reached a new phase of the cutover.
  private var phases: [(at: Duration, phase: CutoverPhase)] = []
  private var undos: [Int: String] = [:]
  /// Whether a later process has resumed the run.
  package private(set) var isResumed = false
  /// Whether a later process has rolled the run back.
  package private(set) var isUndone = false
  /// The colour that was active when the run began; `nil` if it never found it.
  package let active: Color?
  let duration: Duration

  /// Reads the story of a journal.
  package init(_ run: RunID, _ journal: Journal) {
    summary = JournalSummary(run, journal)
    active = journal.state.active
    duration = .milliseconds(max(1, journal.records.last?.at ?? 0))
    for record in journal.records { add(record) }
    serving = servings()
  }

  var header: JournalHeader? { summary.header }
  package var application: String { header?.application ?? "" }
  var receipt: RunReport.Receipt? { summary.end?.receipt }
  /// The step that failed first.
  var failed: Step? { steps.first { $0.status == .failed } }
  /// When the new configuration was proved to be live; `nil` if it never was.
  var switched: Duration? { phases.first { $0.phase == .proved }?.at }
  /// Whether everything was done.
  var isDone: Bool {
    guard case .ended(let outcome) = summary.status else { return false }
    return [.succeeded, .undone].contains(outcome)
  }

  /// What the journal knows of a node of the plan.
  func node(_ number: Int) -> JournalHeader.Node? {
    guard let nodes = header?.nodes, nodes.indices.contains(number) else { return nil }
    return nodes[number]
  }

  private mutating func add(_ record: JournalRecord) {
    let at = Duration.milliseconds(record.at)
    switch record.entry {
    case .nodeStarted(let node, let name):
      // Steps that run at the same time stand in the plan's order.
      let last = steps[first...].lastIndex { $0.ended != nil || ($0.node ?? -1) < node }
      steps.insert(Step(node: node, name: name, began: at), at: last.map { $0 + 1 } ?? first)
    case .nodeFinished(let node, let status, _, let summary, let failure, _):
      end(node, status, summary, failure, at)
    case .operationStarted(let node, let text):
      guard let index = index(of: node) else { return }
      steps[index].commands.append(Command(text: text, began: at))
    case .operationFinished(let node, let text, let status, let tail):
      guard let index = index(of: node),
        let last = steps[index].commands.lastIndex(where: { $0.text == text && $0.ended == nil })
      else { return }
      steps[index].commands[last].ended = at
      steps[index].commands[last].status = status
      steps[index].commands[last].output = tail
    case .undoDeclared(let id, _, let undo): undos[id] = undo.summary
    case .undoStarted(let id):
      steps.append(Step(name: undos[id] ?? "undo", began: at))
    case .undoFinished(_, let failure):
      guard let last = steps.lastIndex(where: { $0.isUndo && $0.ended == nil }) else { return }
      steps[last].ended = at
      steps[last].status = failure == nil ? .succeeded : .failed
      steps[last].failure = failure
    case .phase(let phase): phases.append((at, phase))
    case .runResumed(_, _, _, _, let undo):
      (isResumed, isUndone) = (true, undo)
      first = steps.count
    case .runStarted, .active, .oldWorkers, .committed, .stopping, .kept,
      .runFinished, .runLeft, .resolved:
      break
    }
  }

  private mutating func end(
    _ node: Int, _ status: NodeReport.Status, _ summary: String, _ failure: String?, _ at: Duration
  ) {
    let index: Int
    if let running = steps.lastIndex(where: { $0.node == node && $0.ended == nil }) {
      index = running
    } else {
      // A condition left it out.
      let names = header?.steps ?? []
      let name = names.indices.contains(node) ? names[node] : "step \(node)"
      index = steps.count
      steps.append(Step(node: node, name: name, began: at))
    }
    steps[index].ended = at
    steps[index].status = status
    steps[index].summary = summary
    steps[index].failure = failure
  }

  private func index(of node: Int?) -> Int? {
    steps.lastIndex { node == nil ? $0.isUndo : $0.node == node }
  }

  private func servings() -> [Serving] {
    guard let active else { return [] }
    var found = [Serving(color: active, began: .zero, ended: duration)]
    for (at, phase) in phases {
      let color: Color?
      switch phase {
      case .reloading: color = nil
      case .proved: color = active.other
      case .restored, .refused: color = active
      case .untouched, .written: continue
      }
      found[found.count - 1].ended = at
      found.append(Serving(color: color, began: at, ended: duration))
    }
    return found.filter { $0.began < $0.ended }
  }

  // MARK: Sentences

  /// `deployed`, `rolled back`, `interrupted`.
  package var outcome: String {
    if case .ended(let outcome) = summary.status {
      return summary.purpose == .rollback && outcome == .succeeded
        ? "rolled back" : outcome.sentence
    }
    return summary.status.text
  }

  /// `grafana 12.3 → 12.4`.
  package var title: String { application + (summary.versions?.text.map { " \($0)" } ?? "") }

  /// `deploy by ann on web1, 2026-11-27 03:40:22 UTC`.
  package var origin: String {
    guard let header else { return summary.run.text }
    return "\(summary.purpose?.rawValue ?? "run") by \(header.user) on \(header.host), "
      + header.started.utcText
  }

  /// Which colour is live at the end, as far as the run knows.
  var live: String {
    summary.end?.serving.map { "\($0) serves" } ?? "the active colour is not known"
  }
}
