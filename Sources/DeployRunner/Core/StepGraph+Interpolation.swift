package import DeployDSL

extension StepGraph {
  /// What any step adds to the environment: the Compose file may need it even for other commands.
  var interpolation: [String: EnvironmentValue] {
    nodes.reduce(into: [:]) { $0.merge($1.step.interpolation) { $1 } }
  }

  /// The variables that only the plan sets for the Compose file: no step writes them into a file.
  var unrecorded: [String: EnvironmentValue] {
    let recorded = nodes.flatMap { ($0.step as? Record)?.names ?? [] }
    return applicationAlone.environment.filter { !recorded.contains($0.key) }
  }

  /// The health checks that every deploy makes of the target.
  var gates: [Health] {
    nodes.filter(\.guards.isEmpty).compactMap { $0.step as? Health }
      .filter { $0.role == .target }
  }

  /// The services that jobs run, including those of undo and failure steps.
  package var jobs: [String] { allNodes.compactMap { ($0.step as? Job)?.service } }

  /// The secrets that the plan names, including those of undo and failure steps; not those that
  /// only the code of a custom step names.
  package var secrets: [Secret] {
    application.environment.values.flatMap(\.secrets) + allNodes.flatMap(\.secrets)
  }

  /// The nodes with those of undo and failure steps.
  private var allNodes: [Node] { nodes + nodes.flatMap { $0.undo ?? [] } + onFailure }

  /// The application, for callers that only read its Compose file.
  package var applicationAlone: Application {
    var application = application
    application.environment = interpolation.merging(application.environment) { $1 }
    return application
  }
}
