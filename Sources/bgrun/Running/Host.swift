import DeployDSL
import DeployRunner
import DeploySimulator

/// The host that a plan is deployed to.
struct Host {
  let executor: any Executor
  /// Its description in the output; `nil` for Docker.
  let description: String?
  /// Whether it is simulated, with a simulated clock.
  let isSimulated: Bool

  init(options: Options, plan: LoadedPlan) throws(ToolError) {
    let application = plan.graph.application
    switch options.executor {
    case .docker:
      let project = try ProjectFolder.find(
        for: plan.file, composeFiles: application.allComposeFiles,
        named: options.project ?? plan.recorded?.project)
      executor = .docker(project: project)
      description = nil
      isSimulated = false
    case .mock:
      let isRewritten = Self.isSiteRewritten(by: plan, options)
      let host = SimulatedHost(for: application) {
        $0.addParts(of: plan.graph)
        if isRewritten { $0.removeSiteSources() }
      }
      executor = .mock(host)
      description = "simulated host"
      isSimulated = true
    }
  }

  /// Whether the plan's project has a site file without sources; not if there is no project.
  static func isSiteRewritten(by plan: LoadedPlan, _ options: Options) -> Bool {
    let application = plan.graph.application
    guard !application.site.isOwnSource else { return true }
    let project = try? ProjectFolder.find(
      for: plan.file, composeFiles: application.allComposeFiles, named: options.project)
    let hasFile = { (path: String) in
      Files.isFile(path.hasPrefix("/") ? path : "\(project ?? ".")/\(path)")
    }
    return application.site.hasUsualSources && hasFile(application.site.file)
      && !Color.allCases.map(application.source).contains(where: hasFile)
  }
}
