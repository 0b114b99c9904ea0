import DeployDSL

/// `bgrun check PLAN`
struct CheckCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let loaded = try PlanLoader(options: options, output: output).loadAll()
    for plan in loaded.plans {
      let count = plan.graph.nodes.count { !$0.action.isMeetingPoint }
      let name = loaded.plans.count == 1 ? "" : "\(plan.graph.application.name): "
      output.write(
        "\(plan.file.typed): \(name)\(count == 1 ? "1 step" : "\(count) steps"), no problems\n")
    }
    return ExitCode.done.rawValue
  }
}
