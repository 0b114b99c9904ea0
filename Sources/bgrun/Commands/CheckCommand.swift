import DeployDSL
import DeployRunner

/// `bgrun check PLAN`
struct CheckCommand: ToolCommand {
  let name = "check"
  let summary = "compile and check a plan without running it"
  let options = [.project] + CommandOption.plan + [.update, .verbose]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let loaded = try PlanLoader(options: options, output: output).loadAll()
    for plan in loaded.plans {
      let count = plan.graph.nodes.count { !$0.step.isMeetingPoint }
      let name = loaded.plans.count == 1 ? "" : "\(plan.graph.application.name): "
      output.write(
        "\(plan.file.typed): \(name)\(count == 1 ? "1 step" : "\(count) steps"), no problems\n")
      if let warning = await warning(of: plan, options) {
        output.complain("\(plan.file.typed): warning: \(warning)\n")
      }
    }
    return ExitCode.done.rawValue
  }

  /// A warning about the running project, if there is one.
  private func warning(of plan: LoadedPlan, _ options: Options) async -> String? {
    guard let host = try? Host(options: options, plan: plan), !host.isSimulated else { return nil }
    let application = plan.graph.applicationAlone
    let runner = Deployer(executor: host.executor, options: options.runOptions())
    guard let status = try? await runner.status(of: application) else { return nil }
    let changes = status.nextUp.filter { $0.change == .recreate }
    return changes.isEmpty
      ? nil : changes.warning(of: Set(application.environment.keys), in: application)
  }
}
