/// How a step is performed; each conformer has a file of its own.
protocol PerformableStep {
  /// Performs the step.
  ///
  /// - Throws: ``DeployError``; `CancellationError` if the run is cancelled.
  func perform(in context: ActionContext) async throws -> ActionOutcome
}

/// The result of an action, in a few words.
enum ActionOutcome: Sendable {
  case done(String)
  /// Nothing was done, for this reason.
  case skipped(String)
  /// The answer of a condition; `nil` if only a real run can tell.
  case decided(Bool?)
}
