import DeployDSL

/// How a run ended, for the steps that a plan runs after a failure.
struct Ending: Sendable {
  var outcome: RunReport.Outcome
  var failure: String
  /// The service that serves, if it is known.
  var serving: String?

  /// The end as variables for commands.
  func environment(application: String) -> [String: EnvironmentValue] {
    [
      "BGRUN_APPLICATION": .text(application), "BGRUN_OUTCOME": .text(outcome.rawValue),
      "BGRUN_FAILURE": .text(failure), "BGRUN_SERVING": .text(serving ?? ""),
    ]
  }
}
