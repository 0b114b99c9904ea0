package import DeployDSL

/// The parts of a plan that its rollback needs, as data: it can be recorded, and used when the plan
/// cannot be compiled.
package struct RollbackPlan: Codable, Sendable {
  /// The application, with the variables that any step sets for the Compose file.
  package let application: Application
  /// The timeout of the whole run.
  let timeout: Duration
  /// How the run measures what users see; `nil` in records of an earlier version of bgrun.
  let receipt: Receipt?
  /// The health checks of the target.
  let gates: [Health]
  let reload: Reload?
  let drain: Drain?
  /// How the previous version is stopped; `nil` if the plan keeps it running.
  let stop: Stop?
  /// What a deploy writes into files for Compose; `nil` if an earlier version of bgrun recorded it.
  let records: [Record]?

  /// Takes the parts from the application's plan; a rollback has the same parts as its plan.
  package init(of graph: StepGraph) {
    application = graph.applicationAlone
    timeout = graph.timeout
    receipt = graph.receipt
    gates = graph.nodes.compactMap { $0.step as? Health }.filter { $0.role == .target }
    reload = graph.nodes.lazy.compactMap { $0.step as? Reload }.first
    drain = graph.nodes.lazy.compactMap { $0.step as? Drain }.first
    stop = graph.nodes.lazy.compactMap { $0.step as? Stop }.first { $0.role == .previous }
    records = graph.nodes.compactMap { $0.step as? Record }.reduce(into: []) { known, record in
      if !known.contains(record) { known.append(record) }
    }
  }

  /// The plan that rolls back to the previous version.
  ///
  /// - Parameters:
  ///   - place: where issues are reported: a rollback has no lines of its own.
  ///   - image: the image of an earlier run, for a new container of the target. Default: the
  ///     target's existing container is started.
  /// - Throws: ``/DeployDSL/PlanError`` if the parts do not make up a rollback.
  package func graph(
    at place: SourceLocation, to image: PinnedImage? = nil
  ) throws(PlanError) -> StepGraph {
    var up = Up(.target)
    up.image = image
    up.environment = image?.values.mapValues { .text($0) } ?? [:]
    var steps: [any Step] = [DetectActive(), image == nil ? Start(.target) as any Step : up]
    steps += gates.isEmpty ? [Health()] : gates.map { $0 as any Step }
    steps += [SwapNginx(), reload ?? Reload()]
    steps += (records ?? []).map { record in
      var record = record
      let isKnown = record.names.allSatisfy { up.environment[$0] != nil }
      record.isOfEarlier = isKnown ? nil : true
      return record as any Step
    }
    if let stop {
      if let drain { steps.append(drain) }
      steps.append(stop)
    }
    return try Deploy(
      application, timeout: timeout, receipt: receipt ?? Receipt(),
      steps: Steps(steps, file: place.file, line: place.line, column: place.column),
      file: place.file, line: place.line
    ).graph()
  }
}
