import DeployDSL
import DeployRunner

/// The host that a plan is deployed to.
struct Host {
  let executor: any Executor
  /// Its description in the output; `nil` for Docker.
  let description: String?
  /// Whether it is simulated, with a simulated clock.
  let isSimulated: Bool

  init(options: Options, plan: LoadedPlan) throws(ToolError) {
    let application = plan.graph.application
    switch options.executor {
    case .docker:
      let project = try ProjectFolder.find(
        for: plan.file, composeFile: application.composeFile, named: options.project)
      executor = .docker(project: project)
      description = nil
      isSimulated = false
    case .mock:
      let host = SimulatedHost(for: application) { $0.addServices(forJobsOf: plan.graph) }
      executor = .mock(host)
      description = "simulated host"
      isSimulated = true
    }
  }
}
