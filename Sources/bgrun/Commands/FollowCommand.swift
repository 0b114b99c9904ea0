/// `bgrun follow PLAN [RUN] --on HOST`
struct FollowCommand: ToolCommand {
  let name = "follow"
  let summary = "follow a run that was started with --on, as if it were started here"
  let arguments = "[PLAN.swift] [RUN]"
  let options = CommandOption.application + [.cancel, .format, .quiet, .verbose]
  let examples = [
    "bgrun follow Plans/web.swift --on deploy@web1", "bgrun follow --on deploy@web1 --cancel",
  ]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    throw ToolError(
      "only runs that were started from another machine can be followed",
      fix: "name the host: `bgrun follow PLAN --on [USER@]HOST`; or see `bgrun status PLAN`")
  }
}
