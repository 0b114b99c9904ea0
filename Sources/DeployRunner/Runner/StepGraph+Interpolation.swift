package import DeployDSL

extension StepGraph {
  /// What any step adds to the environment: the Compose file may need it even where a command is
  /// about something else.
  var interpolation: [String: EnvironmentValue] {
    nodes.reduce(into: [:]) { $0.merge($1.action.interpolation) { $1 } }
  }

  /// The application for those who do not run the steps, but read its Compose file all the same.
  package var applicationAlone: Application {
    var application = application
    application.environment = interpolation.merging(application.environment) { $1 }
    return application
  }
}
