public import DeployDSL

/// Runs plans against an executor.
///
/// ```swift
/// let runner = Deployer(executor: .docker(project: "/srv/grafana"))
/// let report = try await runner.run(plan)
/// print(report.outcome, report.serving)
/// ```
public struct Deployer: Sendable {
  /// Performs the operations.
  package let executor: any Executor
  /// How the run differs from the defaults.
  package let options: RunOptions

  /// Creates a runner.
  public init(executor: any Executor, options: RunOptions = RunOptions()) {
    self.executor = executor
    self.options = options
  }

  /// Starts a plan; its events can be followed while it runs.
  ///
  /// - Throws: ``/DeployDSL/PlanError`` with every issue of the plan; nothing has been started
  ///   then.
  public func start(_ plan: Deploy) throws(PlanError) -> DeployRun {
    DeployRun(graph: try plan.graph(), executor: executor, options: options)
  }

  /// Starts a compiled plan, which may have been modified since.
  ///
  /// - Throws: ``/DeployDSL/PlanError`` with every issue of the graph; nothing has been started
  ///   then.
  public func start(_ graph: StepGraph) throws(PlanError) -> DeployRun {
    try graph.validate()
    return DeployRun(graph: graph, executor: executor, options: options)
  }

  /// Starts a validated compiled plan; a function receives its events, on the thread where they
  /// occur.
  package func start(
    _ graph: StepGraph, observer: @escaping @Sendable (Event) -> Void
  ) -> DeployRun {
    DeployRun(graph: graph, executor: executor, options: options, observer: observer)
  }

  /// Runs a plan to its end.
  ///
  /// A step that fails is an outcome in the report, not an error. Cancelling the calling task does
  /// not end the run. To end it early use ``start(_:)-(Deploy)`` and ``DeployRun/cancel()``.
  ///
  /// - Throws: ``/DeployDSL/PlanError`` with every issue of the plan; nothing has been started
  ///   then.
  public func run(_ plan: Deploy) async throws(PlanError) -> RunReport {
    let graph = try plan.graph()
    // The events are not read, so they are not kept.
    return await start(graph, observer: { _ in }).report()
  }
}
