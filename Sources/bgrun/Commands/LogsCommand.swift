import DeployDSL
import DeployRunner

/// `bgrun logs PLAN`: what the containers of both colours have printed, in the order of time.
struct LogsCommand: ToolCommand {
  let name = "logs"
  let summary = "show what both colours have printed since the last deploy"
  let options = [.executor] + CommandOption.application + [.lines, .follow, .format]
  let examples = ["bgrun logs Plans/grafana.swift", "bgrun logs --follow --lines 20"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanLoader(options: options, output: output).loadOrRecorded()
    let host = try await Host(options: options, plan: plan)
    let deployer = Deployer(executor: host.executor, options: options.runOptions())
    let print: @Sendable (LogLine) -> Void = { line in
      if options.format == .json {
        try? output.write(json: line)
      } else {
        output.write(Self.text(of: line))
      }
    }
    let isEmpty = try await deployer.readLogs(
      of: plan.graph.applicationAlone, lines: options.lines, follows: options.follows, print)
    if isEmpty, options.format != .json, !options.follows {
      output.complain("bgrun: neither colour has printed anything since the last deploy\n")
    }
    return ExitCode.done.rawValue
  }

  private static func text(of line: LogLine) -> String {
    "\(line.label.padded(toWidth: 7)) | \(line.text)\n"
  }
}
