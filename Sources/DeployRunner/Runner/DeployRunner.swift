public import DeployDSL

/// Runs plans against an executor.
///
/// ```swift
/// let runner = DeployRunner(executor: .docker(project: "/srv/grafana"))
/// let report = try await runner.run(plan)
/// print(report.outcome, report.serving)
/// ```
public struct DeployRunner: Sendable {
  /// Performs the operations.
  public let executor: any Executor
  /// What the run should do differently.
  public let options: RunOptions

  /// Makes a runner.
  public init(executor: any Executor, options: RunOptions = RunOptions()) {
    self.executor = executor
    self.options = options
  }

  /// Starts a plan; its events can be followed while it runs.
  ///
  /// - Throws: ``/DeployDSL/PlanError`` with every problem of the plan; nothing has been started then.
  public func start(_ plan: Deploy) throws(PlanError) -> DeployRun {
    start(try plan.graph())
  }

  /// Starts a compiled plan.
  public func start(_ graph: StepGraph) -> DeployRun {
    DeployRun(graph: graph, executor: executor, options: options)
  }

  /// Starts a compiled plan whose events go to a function, on the thread that they happen on.
  package func start(
    _ graph: StepGraph, observer: @escaping @Sendable (Event) -> Void
  ) -> DeployRun {
    DeployRun(graph: graph, executor: executor, options: options, observer: observer)
  }

  /// Runs a plan to its end.
  ///
  /// A step that fails is an outcome in the report, not an error. When the calling task is
  /// cancelled the run is too: what can be taken back is, and the report says so.
  ///
  /// - Throws: ``/DeployDSL/PlanError`` with every problem of the plan; nothing has been started then.
  public func run(_ plan: Deploy) async throws(PlanError) -> RunReport {
    try await start(plan).report()
  }
}
