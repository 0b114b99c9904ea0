public import DeployDSL

extension Deployer {
  /// The plan that rolls back to the previous version: its existing container, the plan's health
  /// checks, the plan's cutover.
  ///
  /// - Parameter graph: the application's own plan.
  /// - Throws: ``/DeployDSL/PlanError`` if the plan's parts do not make up a rollback.
  public static func rollback(of graph: StepGraph) throws(PlanError) -> StepGraph {
    let gates = graph.nodes.compactMap { $0.step as? Health }.filter { $0.role == .target }
    let reload = graph.nodes.lazy.compactMap { $0.step as? Reload }.first
    let drain = graph.nodes.lazy.compactMap { $0.step as? Drain }.first
    let stop = graph.nodes.lazy.compactMap { $0.step as? Stop }.first { $0.role == .previous }
    // Issues are shown at the plan's start: a rollback has no lines of its own.
    let place = graph.nodes.first?.location ?? SourceLocation(file: "", line: 1, column: 1)
    var steps: [any Step] = [DetectActive(), Start(.target)]
    steps += gates.isEmpty ? [Health()] : gates.map { $0 as any Step }
    steps += [SwapNginx(), reload ?? Reload()]
    if let stop {
      if let drain { steps.append(drain) }
      steps.append(stop)
    }
    return try Deploy(
      graph.applicationAlone, timeout: graph.timeout,
      steps: Steps(steps, file: place.file, line: place.line, column: place.column),
      file: place.file, line: place.line
    ).graph()
  }

  /// The plan that stops what the last runs kept running for requests from before their switch;
  /// `nil` if they kept nothing, or if a run was interrupted, which comes first.
  ///
  /// - Throws: ``DeployError`` if the journals cannot be read.
  package func finish(of graph: StepGraph) throws -> StepGraph? {
    let application = graph.application.name
    guard let folder = options.stateFolder ?? executor.stateFolder,
      let state = try StateFolder.existing(at: folder, application: application),
      try state.journal.interrupted() == nil, try !state.journal.kept().isEmpty
    else { return nil }
    return try Deploy(
      graph.applicationAlone, timeout: graph.timeout, steps: Steps([DetectActive(), StopKept()])
    ).graph()
  }

  /// What a resume continues: the plan, or its rollback if that was interrupted.
  ///
  /// - Throws: ``DeployError`` if the journals cannot be read.
  package func resumable(_ graph: StepGraph) throws -> StepGraph {
    let application = graph.application.name
    guard let folder = options.stateFolder ?? executor.stateFolder,
      let state = try StateFolder.existing(at: folder, application: application),
      let plan = try state.journal.interrupted()?.header?.plan,
      try plan != PlanFingerprint.of(graph),
      let rollback = try? Self.rollback(of: graph), try plan == PlanFingerprint.of(rollback)
    else { return graph }
    return rollback
  }
}
