import DeployDSL
import DeployRunner
import DeploySimulator

/// The host that a plan is deployed to.
struct Host {
  let executor: any Executor
  /// Its description in the output; `nil` for Docker.
  let description: String?
  /// Whether it is simulated, with a simulated clock.
  let isSimulated: Bool
  /// What to say about it before a run; `nil` for nothing.
  let note: String?

  init(options: Options, plan: LoadedPlan) async throws(ToolError) {
    switch options.executor {
    case .docker:
      let machine = try Self.docker(options, plan)
      let application = plan.graph.application
      executor =
        application.swarm.map { SwarmExecutor(of: application, on: $0, from: machine) } ?? machine
      (description, note) = (nil, nil)
      isSimulated = false
    case .mock:
      let copy = await HostCopy(of: plan, options)
      executor = .mock(copy.host())
      (description, note) = (copy.description, copy.note)
      isSimulated = true
    }
  }

  /// Docker on this machine, for the plan's project.
  static func docker(_ options: Options, _ plan: LoadedPlan) throws(ToolError) -> DockerExecutor {
    .docker(
      project: try ProjectFolder.find(
        for: plan.file, composeFiles: plan.graph.application.allComposeFiles,
        named: options.project ?? plan.recorded?.project))
  }
}
