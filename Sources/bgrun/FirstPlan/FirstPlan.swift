import DeployDSL

/// What `bgrun init` found in a project, and what it writes.
struct FirstPlan: Codable, Sendable {
  /// A file that does not exist yet, relative to the project folder.
  struct File: Codable, Equatable, Sendable {
    var path: String
    var text: String
  }

  /// What was found, in a line each.
  var found: [String] = []
  var applications: [PlannedApplication] = []
  /// The overlay with the second colour, or only with a profile for both.
  var overlay: File?
  /// The line that makes everyday Compose commands read the overlay, in `.env`.
  var environmentLine: String?
  /// The services that must be started before the first deploy.
  var stopped: [ServiceID] = []
  /// The command that starts them; `nil` if all run.
  var start: String?
  /// The active colours when the plans were written.
  var active: [ServiceID] = []
  /// The command that starts them and the proxy, which everyday commands leave alone; `nil` if those
  /// start the colours.
  var restart: String?
  /// What to know before the first deploy.
  var hints: [String] = []

  /// The plans.
  var plans: [File] {
    applications.map {
      File(path: "Plans/\($0.name).swift", text: PlanTemplate(application: $0).text)
    }
  }
}
