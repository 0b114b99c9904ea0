/// `bgrun graph PLAN`
struct GraphCommand: ToolCommand {
  let name = "graph"
  let summary = "show a plan's steps and their order"
  let options = CommandOption.plan + [.format, .verbose]
  let formats: [Options.Format] = [.text, .mermaid, .dot, .json]
  var examples: [String] {
    ["bgrun graph", "bgrun graph Plans/grafana.swift --format mermaid"]
  }

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plans = try PlanLoader(options: options, output: output).loadAll().plans
    let format = options.format ?? .text
    let texts = try plans.map { try GraphText(graph: $0.graph).text(as: format) }
    output.write(texts.joined(separator: format == .json ? "" : "\n"))
    return ExitCode.done.rawValue
  }
}
