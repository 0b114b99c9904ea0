package import DeployDSL

extension StepGraph {
  /// What any step adds to the environment: the Compose file may need it even where a command is
  /// about something else.
  var interpolation: [String: EnvironmentValue] {
    nodes.reduce(into: [:]) { $0.merge($1.step.interpolation) { $1 } }
  }

  /// The services that jobs run, those of undos and of what follows a failure among them.
  package var jobs: [String] {
    let all = nodes + nodes.flatMap { $0.undo ?? [] } + onFailure
    return all.compactMap { ($0.step as? Job)?.service }
  }

  /// The secrets that the plan names, those of undos and of what follows a failure among them; not
  /// those that code of its own uses.
  var secrets: [Secret] {
    let all = nodes + nodes.flatMap { $0.undo ?? [] } + onFailure
    return application.environment.values.flatMap(\.secrets) + all.flatMap(\.step.secrets)
  }

  /// The application for those who do not run the steps, but read its Compose file all the same.
  package var applicationAlone: Application {
    var application = application
    application.environment = interpolation.merging(application.environment) { $1 }
    return application
  }
}
