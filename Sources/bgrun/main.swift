PlanCode.prepare()
let status = await Tool.main(Array(CommandLine.arguments.dropFirst()))
PlanCode.isDone = true
exit(status)
