import DeployDSL

/// How a run ended, for the steps that run after a failure.
struct Ending: Sendable {
  var outcome: RunReport.Outcome
  var failure: String
  /// The active service, if known.
  var serving: String?

  /// The environment variables for commands.
  func environment(
    of application: Application, _ versions: VersionChange
  ) -> [String: EnvironmentValue] {
    [
      "BGRUN_APPLICATION": .text(application.name), "BGRUN_OUTCOME": .text(outcome.rawValue),
      "BGRUN_FAILURE": .text(failure), "BGRUN_SERVING": .text(serving ?? ""),
    ].merging(versions.environment) { $1 }
  }
}

extension VersionChange {
  /// The environment variables for commands; empty where a version is unknown.
  var environment: [String: EnvironmentValue] {
    [
      "BGRUN_VERSION": .text(to?.text ?? ""), "BGRUN_PREVIOUS_VERSION": .text(from?.text ?? ""),
    ]
  }
}
