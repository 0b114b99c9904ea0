import DeployDSL

/// `bgrun check PLAN`
struct CheckCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).load()
    let count = plan.graph.nodes.count { !$0.action.isMeetingPoint }
    output.write("\(plan.file.typed): \(count == 1 ? "1 step" : "\(count) steps"), no problems\n")
    return ExitCode.done.rawValue
  }
}
