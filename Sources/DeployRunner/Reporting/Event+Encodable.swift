public import DeployDSL

extension Event: Encodable {
  enum CodingKeys: CodingKey {
    case event, time, node, dryRun, steps, attempt, attempts, reason, answer, isGood, command
    case effect, isSkipped, stream, message, what, failure, version, run, date, duration, runs
    case deadline
  }

  private enum StepKeys: CodingKey { case node, step, action, after, location }

  /// Encodes the event as one object: its name, time in seconds, wall-clock time, run, node and the
  /// values of its kind.
  ///
  /// Omits values that do not apply.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(kind.name, forKey: .event)
    try container.encode(at.inMilliseconds, forKey: .time)
    try container.encodeIfPresent(run, forKey: .run)
    try container.encodeIfPresent(milliseconds.map(Timestamp.iso), forKey: .date)
    try container.encodeIfPresent(node, forKey: .node)
    switch kind {
    case .runStarted(let graph, let isDryRun):
      try container.encode(isDryRun, forKey: .dryRun)
      var steps = container.nestedUnkeyedContainer(forKey: .steps)
      for node in graph.nodes {
        var step = steps.nestedContainer(keyedBy: StepKeys.self)
        try step.encode(node.id, forKey: .node)
        try step.encode(node.name, forKey: .step)
        try step.encode(node.kind, forKey: .action)
        try step.encode(node.dependencies, forKey: .after)
        try step.encode(node.location.description, forKey: .location)
      }
    case .versions(let change): try container.encode(change, forKey: .version)
    case .estimate(let duration, let runs):
      try container.encode(duration.inMilliseconds, forKey: .duration)
      try container.encode(runs, forKey: .runs)
    case .nodeStarted: break
    case .deadline(let time): try container.encode(time.inMilliseconds, forKey: .deadline)
    case .difference(let difference): try difference.encode(to: encoder)
    case .retry(let attempt, let count, let reason):
      try container.encode(attempt, forKey: .attempt)
      try container.encode(count, forKey: .attempts)
      try container.encode(reason, forKey: .reason)
    case .operation(let entry):
      try container.encode(entry.text, forKey: .command)
      try container.encode(entry.effect.rawValue, forKey: .effect)
      try container.encode(entry.isSkipped, forKey: .isSkipped)
    case .output(let line):
      try container.encode(line.stream.rawValue, forKey: .stream)
      try container.encode(line.text, forKey: .message)
    case .probe(let attempt, let count, let answer, let isGood):
      try container.encode(attempt, forKey: .attempt)
      try container.encode(count, forKey: .attempts)
      try container.encode(answer, forKey: .answer)
      try container.encode(isGood, forKey: .isGood)
    case .asked(let text), .note(let text), .warning(let text):
      try container.encode(text, forKey: .message)
    case .interruptionMeans(let text): try container.encodeIfPresent(text, forKey: .message)
    case .nodeFinished(let report): try report.encode(to: encoder)
    case .undoStarted(let what): try container.encode(what, forKey: .what)
    case .undoFinished(let what, let failure):
      try container.encode(what, forKey: .what)
      try container.encodeIfPresent(failure, forKey: .failure)
    case .runFinished(let report): try report.encode(to: encoder)
    }
  }
}

extension Event.Kind {
  /// The event's name in JSON.
  fileprivate var name: String {
    switch self {
    case .runStarted: "run-started"
    case .versions: "versions"
    case .estimate: "estimate"
    case .nodeStarted: "step-started"
    case .deadline: "deadline"
    case .difference: "difference"
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

extension RunReport: Encodable {
  enum CodingKeys: CodingKey {
    case application, dryRun, outcome, exitCode, serving, failure, failedNode, steps, undone
    case warnings, left, duration, version, receipt
  }

  enum ServingKeys: CodingKey { case color, service, project }

  /// Encodes the report as in the last line of the JSON output.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(application.name, forKey: .application)
    try container.encode(isDryRun, forKey: .dryRun)
    let isOnlyTried = isDryRun && outcome == .succeeded
    try container.encode(
      isOnlyTried ? NodeReport.Status.wouldRun.rawValue : outcome.rawValue, forKey: .outcome)
    try container.encode(exitCode, forKey: .exitCode)
    if let serving {
      var live = container.nestedContainer(keyedBy: ServingKeys.self, forKey: .serving)
      try live.encode(serving, forKey: .color)
      let service = application.serviceID(serving)
      try live.encode(service.name, forKey: .service)
      try live.encodeIfPresent(service.project, forKey: .project)
    }
    try container.encodeIfPresent(failure, forKey: .failure)
    try container.encodeIfPresent(failedNode, forKey: .failedNode)
    try container.encode(nodes, forKey: .steps)
    try container.encode(undone, forKey: .undone)
    try container.encode(warnings, forKey: .warnings)
    if !left.isEmpty { try container.encode(left, forKey: .left) }
    try container.encode(duration.inMilliseconds, forKey: .duration)
    try container.encodeIfPresent(versions, forKey: .version)
    try container.encodeIfPresent(receipt?.withoutStrip, forKey: .receipt)
  }
}

extension RunReport.Receipt {
  /// Without the picture, which is for the page.
  package var withoutStrip: Self {
    var copy = self
    copy.strip = nil
    return copy
  }
}

extension NodeReport: Encodable {
  enum CodingKeys: CodingKey {
    case node, step, status, summary, attempts, duration, failure
  }

  /// Encodes the report; the duration is in seconds.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(node, forKey: .node)
    try container.encode(name, forKey: .step)
    try container.encode(status.rawValue, forKey: .status)
    try container.encode(summary, forKey: .summary)
    // A dry run has not tried it.
    try container.encode(status == .wouldRun ? 0 : attempts, forKey: .attempts)
    try container.encode(duration.inMilliseconds, forKey: .duration)
    try container.encodeIfPresent(failure, forKey: .failure)
  }
}

extension DeployError: Encodable {
  enum CodingKeys: CodingKey { case code, message, fix, details }

  /// Encodes the error; truncates long lines of its details.
  ///
  /// - Throws: what the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(code.rawValue, forKey: .code)
    try container.encode(message, forKey: .message)
    try container.encodeIfPresent(fix, forKey: .fix)
    try container.encode(shownDetails, forKey: .details)
  }
}

extension Duration {
  /// Seconds, rounded to the millisecond.
  var inMilliseconds: Double { (inSeconds * 1000).rounded() / 1000 }
}
