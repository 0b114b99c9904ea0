public import DeployDSL

extension Deployer {
  /// The plan that rolls back to the previous version: its existing container, the plan's health
  /// checks, the plan's cutover.
  ///
  /// - Parameter graph: the application's own plan.
  /// - Throws: ``/DeployDSL/PlanError`` if the plan's parts do not make up a rollback.
  public static func rollback(of graph: StepGraph) throws(PlanError) -> StepGraph {
    try rollback(of: graph, to: nil)
  }

  /// The plan that rolls back to the image of an earlier run, in a new container; without one, to
  /// the previous version.
  ///
  /// - Throws: ``/DeployDSL/PlanError`` if the plan's parts do not make up a rollback.
  package static func rollback(
    of graph: StepGraph, to image: PinnedImage?
  ) throws(PlanError) -> StepGraph {
    let start = SourceLocation(file: "", line: 1, column: 1)
    return try RollbackPlan(of: graph).graph(
      at: graph.nodes.first?.location ?? start, to: image)
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
    guard let plan = try interruptedPlan(of: graph), try plan != PlanFingerprint.of(graph),
      let rollback = try? Self.rollback(of: graph), try plan == PlanFingerprint.of(rollback)
    else { return graph }
    return rollback
  }

  /// Whether a run was interrupted, or is under way.
  ///
  /// - Throws: ``DeployError`` if the journals cannot be read.
  package func hasUnfinishedRun(of graph: StepGraph) throws -> Bool {
    try interruptedPlan(of: graph) != nil
  }

  /// Whether an interrupted run performed exactly this plan.
  ///
  /// - Throws: ``DeployError`` if the journals cannot be read.
  package func isInterrupted(_ graph: StepGraph) throws -> Bool {
    try interruptedPlan(of: graph) == PlanFingerprint.of(graph)
  }

  /// The fingerprint of the interrupted run's plan.
  private func interruptedPlan(of graph: StepGraph) throws -> String? {
    guard let folder = options.stateFolder ?? executor.stateFolder else { return nil }
    let state = try StateFolder.existing(at: folder, application: graph.application.name)
    return try state?.journal.interrupted()?.header?.plan
  }
}
