public import DeployDSL

/// An event of a group's member in a form from which it can be shown elsewhere: the event's JSON,
/// and what that leaves out.
package struct EventRecord: Sendable {
  /// The event.
  package var event: DeploymentGroup.MemberEvent

  /// Makes a record.
  package init(_ event: DeploymentGroup.MemberEvent) { self.event = event }

  private enum CodingKeys: CodingKey {
    case member, isRollback, event, application, hasSwitched, isInterrupted
  }
}

extension EventRecord: Encodable {
  /// Encodes the event's JSON, and what that leaves out.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(event.member, forKey: .member)
    if event.isRollback { try values.encode(true, forKey: .isRollback) }
    try values.encode(event.event, forKey: .event)
    switch event.event.kind {
    case .runStarted(let graph, _): try values.encode(graph.application, forKey: .application)
    case .runFinished(let report):
      try values.encode(report.application, forKey: .application)
      try values.encode(report.hasSwitched, forKey: .hasSwitched)
      try values.encode(report.isInterrupted, forKey: .isInterrupted)
    default: break
    }
  }
}

extension EventRecord: Decodable {
  /// Decodes what `encode(to:)` writes.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let its = try values.nestedContainer(keyedBy: Event.CodingKeys.self, forKey: .event)
    let kind: Event.Kind
    switch try its.decode(String.self, forKey: .event) {
    case "run-started":
      let application = try values.decode(Application.self, forKey: .application)
      kind = .runStarted(
        graph: StepGraph(application, try its.decode([RecordedStep].self, forKey: .steps)),
        isDryRun: try its.decode(Bool.self, forKey: .dryRun))
    case "run-finished":
      var report = try Self.report(
        try values.nestedContainer(keyedBy: RunReport.CodingKeys.self, forKey: .event),
        try values.decode(Application.self, forKey: .application))
      report.hasSwitched = try values.decode(Bool.self, forKey: .hasSwitched)
      report.isInterrupted = try values.decode(Bool.self, forKey: .isInterrupted)
      kind = .runFinished(report)
    case "step-finished":
      kind = .nodeFinished(try values.decode(NodeReport.self, forKey: .event))
    case "difference":
      kind = .difference(try values.decode(FileDifference.self, forKey: .event))
    case let name: kind = try Self.kind(named: name, its)
    }
    event = DeploymentGroup.MemberEvent(
      member: try values.decode(Int.self, forKey: .member),
      isRollback: try values.decodeIfPresent(Bool.self, forKey: .isRollback) ?? false,
      event: Event(
        at: .seconds(try its.decode(Double.self, forKey: .time)),
        node: try its.decodeIfPresent(Int.self, forKey: .node), kind: kind))
    event.event.run = try its.decodeIfPresent(String.self, forKey: .run)
    event.event.milliseconds = try its.decodeIfPresent(String.self, forKey: .date)
      .flatMap(Timestamp.milliseconds)
  }

  private static func kind(
    named name: String, _ its: KeyedDecodingContainer<Event.CodingKeys>
  ) throws -> Event.Kind {
    func text(_ key: Event.CodingKeys) throws -> String {
      try its.decode(String.self, forKey: key)
    }
    switch name {
    case "versions": return .versions(try its.decode(VersionChange.self, forKey: .version))
    case "estimate":
      return .estimate(
        .seconds(try its.decode(Double.self, forKey: .duration)),
        runs: try its.decode(Int.self, forKey: .runs))
    case "step-started": return .nodeStarted
    case "deadline": return .deadline(.seconds(try its.decode(Double.self, forKey: .deadline)))
    case "retry":
      return .retry(
        attempt: try its.decode(Int.self, forKey: .attempt),
        of: try its.decode(Int.self, forKey: .attempts), because: try text(.reason))
    case "operation":
      return .operation(
        OperationEntry(
          text: try text(.command),
          effect: HostOperation.Effect(rawValue: try text(.effect)) ?? .observe,
          isSkipped: try its.decode(Bool.self, forKey: .isSkipped)))
    case "output":
      return .output(
        OutputLine(
          try text(.message), on: OutputLine.Stream(rawValue: try text(.stream)) ?? .output))
    case "probe":
      return .probe(
        attempt: try its.decode(Int.self, forKey: .attempt),
        of: try its.decode(Int.self, forKey: .attempts), answer: try text(.answer),
        isGood: try its.decode(Bool.self, forKey: .isGood))
    case "asked": return .asked(try text(.message))
    case "note": return .note(try text(.message))
    case "warning": return .warning(try text(.message))
    case "interruption-means":
      return .interruptionMeans(try its.decodeIfPresent(String.self, forKey: .message))
    case "undo-started": return .undoStarted(try text(.what))
    case "undo-finished":
      return .undoFinished(
        try text(.what), failure: try its.decodeIfPresent(DeployError.self, forKey: .failure))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .event, in: its, debugDescription: "\(name) is not an event")
    }
  }

  private static func report(
    _ its: KeyedDecodingContainer<RunReport.CodingKeys>, _ application: Application
  ) throws -> RunReport {
    let isDryRun = try its.decode(Bool.self, forKey: .dryRun)
    // A dry run's `would-run` stands for success.
    let outcome = try? its.decode(RunReport.Outcome.self, forKey: .outcome)
    let serving = try? its.nestedContainer(keyedBy: RunReport.ServingKeys.self, forKey: .serving)
    var report = RunReport(
      outcome: outcome ?? .succeeded, application: application,
      serving: try serving?.decode(Color.self, forKey: .color),
      failure: try its.decodeIfPresent(DeployError.self, forKey: .failure),
      failedNode: try its.decodeIfPresent(Int.self, forKey: .failedNode),
      nodes: try its.decode([NodeReport].self, forKey: .steps),
      undone: try its.decode([UndoReport].self, forKey: .undone),
      warnings: try its.decode([String].self, forKey: .warnings),
      duration: .seconds(try its.decode(Double.self, forKey: .duration)), isDryRun: isDryRun)
    report.left = try its.decodeIfPresent([String].self, forKey: .left) ?? []
    report.versions = try its.decodeIfPresent(VersionChange.self, forKey: .version)
    report.receipt = try its.decodeIfPresent(RunReport.Receipt.self, forKey: .receipt)
    return report
  }
}

// MARK: Parts

extension DeployError: Decodable {
  /// Decodes what ``encode(to:)`` writes.
  ///
  /// - Throws: what the decoder throws.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      Code(rawValue: try values.decode(String.self, forKey: .code)),
      try values.decode(String.self, forKey: .message),
      fix: try values.decodeIfPresent(String.self, forKey: .fix),
      details: try values.decode([String].self, forKey: .details))
  }
}

extension NodeReport: Decodable {
  /// Decodes what ``encode(to:)`` writes.
  ///
  /// - Throws: what the decoder throws.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      node: try values.decode(Int.self, forKey: .node),
      name: try values.decode(String.self, forKey: .step),
      status: try values.decode(Status.self, forKey: .status),
      summary: try values.decode(String.self, forKey: .summary),
      failure: try values.decodeIfPresent(DeployError.self, forKey: .failure),
      attempts: try values.decode(Int.self, forKey: .attempts),
      duration: .seconds(try values.decode(Double.self, forKey: .duration)))
  }
}

/// A step of a run elsewhere: what reporters show of it.
private struct RecordedStep: BuiltInStep, Decodable {
  var node: Int
  var step: String
  var action: String
  var after: [Int]
  var location: String

  var kind: String { action }

  /// The step that it stands for, as far as reporters tell steps apart.
  var shown: any BuiltInStep {
    switch action {
    case "join": GraphPoint.join
    case "meeting": GraphPoint.meeting
    case "reload": Reload()
    default: self
    }
  }

  /// `Plans/grafana.swift:7:3`
  var place: SourceLocation {
    let parts = location.split(separator: ":", omittingEmptySubsequences: false)
    return SourceLocation(
      file: parts.dropLast(2).joined(separator: ":"),
      line: parts.dropLast().last.flatMap { Int($0) } ?? 1,
      column: parts.last.flatMap { Int($0) } ?? 1)
  }
}

extension StepGraph {
  fileprivate init(_ application: Application, _ steps: [RecordedStep]) {
    let nodes = steps.map { step in
      Node(
        id: step.node, name: step.step, step: step.shown, dependencies: step.after,
        location: step.place)
    }
    self.init(application: application, nodes: nodes)
  }
}
