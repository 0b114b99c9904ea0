/// `bgrun graph PLAN`
struct GraphCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).load()
    output.write(try GraphText(graph: plan.graph).text(as: options.format ?? .text))
    return ExitCode.done.rawValue
  }
}
