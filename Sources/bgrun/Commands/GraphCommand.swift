import DeployDSL
import DeployRunner

/// `bgrun graph PLAN`
struct GraphCommand: ToolCommand {
  let name = "graph"
  let summary = "show a plan's steps: order, limits, undo, the switch"
  let options = CommandOption.plan + [.format, .verbose]
  let formats: [Options.Format] = [.text, .mermaid, .dot, .json]
  let examples = ["bgrun graph", "bgrun graph Plans/grafana.swift --format mermaid"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let file = try PlanLoader(options: options, output: output).loadAll()
    let format = options.format ?? .text
    // Without a terminal, as wide as a usual one.
    let width = min(output.width, 100)
    let texts = try file.plans.enumerated().map { index, plan in
      let graph = GraphText(graph: plan.graph, rollout: plan.rollout, width: width)
      let text = try graph.text(as: format)
      let isFirst = index == 0 || file.plans[index - 1].group != plan.group
      guard format == .text, isFirst, let heading = file.heading(of: plan) else { return text }
      return heading.wrapped(first: width, toWidth: width).joined(separator: "\n") + "\n\n" + text
    }
    output.write(texts.joined(separator: format == .json ? "" : "\n"))
    return ExitCode.done.rawValue
  }
}

extension LoadedFile {
  /// How the plans of a plan's group run; `nil` without a group.
  fileprivate func heading(of plan: LoadedPlan) -> String? {
    guard let number = plan.group else { return nil }
    let group = groups[number]
    let names = plans.filter { $0.group == number }.map(\.graph.application.name)
    guard names.count > 1 else { return nil }
    let limit = group.limit.map { $0 == 1 ? "one after the other" : "\($0) at a time" }
    let parts = [group.kind == .atomically ? "all or none" : nil, limit].compactMap(\.self)
    return "\(group.kind)" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
      + ": \(names.joined(separator: ", "))"
  }
}
