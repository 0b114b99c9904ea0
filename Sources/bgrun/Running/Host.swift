import DeployDSL
import DeployRunner

/// Where a plan is deployed to.
struct Host {
  let executor: any Executor
  /// What the record says about it; `nil` for the usual one.
  let description: String?
  /// Whether nothing real happens, in a time of its own.
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
