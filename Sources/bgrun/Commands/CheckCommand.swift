import DeployDSL
import DeployRunner

/// `bgrun check PLAN`: the plan, and the project that it deploys.
struct CheckCommand: ToolCommand {
  let name = "check"
  let summary = "check a plan and its Compose project, without running anything"
  let options =
    [.project, .on, .onlyHost, .noProject] + CommandOption.plan + [
      .strict, .format, .update, .verbose,
    ]
  let formats: [Options.Format] = [.human, .json, .sarif]
  let examples = ["bgrun check", "bgrun check Plans/grafana.swift --format sarif > bgrun.sarif"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let report = FindingReport(options: options, output: output)
    guard let loaded = try report.load() else { return ExitCode.usage.rawValue }
    var inspections: [FindingReport.Item] = []
    for plan in loaded.plans {
      inspections.append(
        FindingReport.Item(
          plan: plan, project: Self.projectFolder(of: plan, options),
          inspection: await Self.inspection(of: plan, options)))
    }
    return try report.write(inspections, of: loaded.file)
  }

  /// What is found in the project of a plan.
  static func inspection(of plan: LoadedPlan, _ options: Options) async -> Inspection {
    if options.skipsProject {
      return Inspection(.init(.project, notBecause: "--no-project"))
    }
    guard let project = projectFolder(of: plan, options) else {
      return Inspection(
        .init(
          .project,
          notBecause: options.project.map { "\($0) holds no Compose file" }
            ?? "no folder at or above the plan holds a Compose file (--project DIR)"))
    }
    return await Deployer(executor: .docker(project: project), options: options.runOptions())
      .inspectProject(of: plan.graph)
  }

  /// The folder of a plan's project; `nil` if there is no Compose file.
  static func projectFolder(of plan: LoadedPlan, _ options: Options) -> String? {
    let files = plan.graph.application.allComposeFiles
    guard
      let folder = try? ProjectFolder.find(
        for: plan.file, composeFiles: files, named: options.project),
      ProjectFolder.isProject(folder, composeFiles: files)
    else { return nil }
    return folder
  }
}
