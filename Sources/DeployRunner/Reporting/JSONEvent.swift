import DeployDSL

/// An event as a line of JSON: what does not apply is left out.
struct JSONEvent: Encodable {
  struct Step: Encodable {
    var node: Int
    var step: String
    var action: String?
    var after: [Int]?
    var location: String?
    var status: String?
    var summary: String?
    var attempts: Int?
    var duration: Double?
    var failure: Failure?
  }

  struct Failure: Encodable {
    var code: String
    var message: String
    var fix: String?
    var details: [String]

    init(_ failure: DeployError) {
      code = failure.code.rawValue
      message = failure.message
      fix = failure.fix
      details = failure.shownDetails
    }
  }

  struct Undo: Encodable {
    var what: String
    var failure: Failure?
  }

  struct Serving: Encodable {
    var color: String
    var service: String
  }

  var event: String
  var time: Double
  var node: Int?
  var step: String?
  var application: String?
  var purpose: String?
  var dryRun: Bool?
  var steps: [Step]?
  var attempt: Int?
  var attempts: Int?
  var reason: String?
  var answer: String?
  var isGood: Bool?
  var command: String?
  var effect: String?
  var isSkipped: Bool?
  var stream: String?
  var message: String?
  var status: String?
  var summary: String?
  var what: String?
  var duration: Double?
  var failure: Failure?
  var undone: [Undo]?
  var warnings: [String]?
  var left: [String]?
  var outcome: String?
  var exitCode: Int32?
  var serving: Serving?
  var failedNode: Int?
  var signal: Int32?

  init(_ event: String, at time: Duration) {
    self.event = event
    self.time = time.inMilliseconds
  }
}

extension JSONEvent {
  init(_ event: Event, graph: StepGraph?, signal: Int32?) {
    self.init(event.kind.name, at: event.at)
    node = event.node
    step = event.node.flatMap { graph?.name(of: $0) }
    switch event.kind {
    case .runStarted(let graph, let isDryRun): add(graph, isDryRun: isDryRun)
    case .nodeStarted: break
    case .retry(let attempt, let count, let reason):
      (self.attempt, attempts, self.reason) = (attempt, count, reason)
    case .operation(let record):
      (command, effect, isSkipped) = (record.text, record.effect.rawValue, record.isSkipped)
    case .output(let line): (stream, message) = (line.stream.rawValue, line.text)
    case .probe(let attempt, let count, let answer, let isGood):
      (self.attempt, attempts, self.answer, self.isGood) = (attempt, count, answer, isGood)
    case .note(let text), .warning(let text), .asked(let text): message = text
    case .interruptionMeans(let text): message = text
    case .nodeFinished(let report): add(report)
    case .undoStarted(let what): self.what = what
    case .undoFinished(let what, let failure):
      (self.what, self.failure) = (what, failure.map(Failure.init))
    case .runFinished(let report): add(report, signal: signal)
    }
  }

  private mutating func add(_ graph: StepGraph, isDryRun: Bool) {
    dryRun = isDryRun
    steps = graph.nodes.map {
      Step(
        node: $0.id, step: $0.name, action: $0.kind, after: $0.dependencies,
        location: $0.location.description)
    }
  }

  private mutating func add(_ report: NodeReport) {
    status = report.status.rawValue
    summary = report.summary
    attempts = report.attempts
    duration = report.duration.inMilliseconds
    failure = report.failure.map(Failure.init)
  }

  private mutating func add(_ report: RunReport, signal: Int32?) {
    application = report.application.name
    dryRun = report.isDryRun
    let isOnlyTried = report.isDryRun && report.outcome == .succeeded
    outcome = isOnlyTried ? NodeReport.Status.wouldRun.rawValue : report.outcome.rawValue
    exitCode = report.outcome.exitCode(afterSignal: signal)
    serving = report.serving.map {
      Serving(color: $0.rawValue, service: report.application.service($0))
    }
    failure = report.failure.map(Failure.init)
    failedNode = report.failedNode
    steps = report.nodes.map {
      Step(
        node: $0.node, step: $0.name, status: $0.status.rawValue, summary: $0.summary,
        attempts: $0.attempts, duration: $0.duration.inMilliseconds,
        failure: $0.failure.map(Failure.init))
    }
    undone = report.undone.map {
      Undo(what: $0.what, failure: $0.failure.map(Failure.init))
    }
    warnings = report.warnings
    left = report.left.isEmpty ? nil : report.left
    duration = report.duration.inMilliseconds
  }
}

extension Event.Kind {
  /// The event's name in JSON.
  fileprivate var name: String {
    switch self {
    case .runStarted: "run-started"
    case .nodeStarted: "step-started"
    case .retry: "retry"
    case .operation: "operation"
    case .output: "output"
    case .probe: "probe"
    case .asked: "asked"
    case .note: "note"
    case .warning: "warning"
    case .interruptionMeans: "interruption-means"
    case .nodeFinished: "step-finished"
    case .undoStarted: "undo-started"
    case .undoFinished: "undo-finished"
    case .runFinished: "run-finished"
    }
  }
}

extension Duration {
  /// Seconds, rounded to the millisecond.
  fileprivate var inMilliseconds: Double { (inSeconds * 1000).rounded() / 1000 }
}

extension StepGraph {
  fileprivate func name(of node: Int) -> String? {
    nodes.indices.contains(node) ? nodes[node].name : nil
  }
}
