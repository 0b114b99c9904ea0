import DeployDSL

/// How a step is carried out; each conformer has a file of its own.
protocol PerformableStep {
  /// Carries the step out.
  ///
  /// - Throws: ``DeployError``; `CancellationError` if the run is cancelled.
  func perform(in context: ActionContext) async throws -> ActionOutcome
}

/// What came out of an action, in a few words.
enum ActionOutcome: Sendable {
  case done(String)
  /// Nothing was done, for this reason.
  case skipped(String)
  /// A condition holds or not; `nil` if that cannot be known before a real run.
  case decided(Bool?)
}
