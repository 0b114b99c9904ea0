import DeployDSL

/// How a run ended, for the steps that run after a failure.
struct Ending: Sendable {
  var outcome: RunReport.Outcome
  var failure: String
  /// The active service, if known.
  var serving: String?

  /// The environment variables for commands.
  func environment(application: String) -> [String: EnvironmentValue] {
    [
      "BGRUN_APPLICATION": .text(application), "BGRUN_OUTCOME": .text(outcome.rawValue),
      "BGRUN_FAILURE": .text(failure), "BGRUN_SERVING": .text(serving ?? ""),
    ]
  }
}
