import DeployDSL
import DeployRunner

/// Where a plan is deployed to.
struct Host {
  let executor: any Executor
  /// What the record says about it; `nil` for the usual one.
  let description: String?
  let isSimulated: Bool

  init(options: Options, plan: LoadedPlan) throws(ToolError) {
    let project = try ProjectFolder.find(for: plan.file, named: options.project)
    isSimulated = options.executor == .mock
    description = isSimulated ? "simulated host" : nil
    executor = StandInExecutor(project: project)
  }
}

struct StandInExecutor: Executor {
  var project: String
  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> Reply { .assumed }
}
