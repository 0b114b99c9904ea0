import DeployDSL
import DeployRunner

/// `bgrun PLAN`
struct RunCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try await PlanLoader(options: options, output: output).load()
    let runner = DeployRunner(
      executor: executor(for: plan, options),
      options: RunOptions(active: options.active, isDryRun: options.isDryRun))
    return await RunShow(run: runner.start(plan.graph), options: options, output: output).follow()
  }

  private func executor(for plan: LoadedPlan, _ options: Options) -> any Executor {
    switch options.executor {
    case .docker:
      .docker(project: options.project.map(Paths.absolute) ?? ProjectFolder.find(for: plan))
    case .mock: .mock(for: plan.plan.application)
    }
  }
}
