import DeployDSL
import DeployRunner
import DeploySimulator

/// The host that a plan is simulated on: a copy of the one that its project describes, or an invented
/// one.
struct HostCopy: Sendable {
  private let graph: StepGraph
  /// Whether it is invented because the user wants it to be.
  let isInvented: Bool
  /// The folder of the project that was copied; `nil` if the host is invented.
  private(set) var project: String?
  /// Why the host is invented although there may be a project.
  private(set) var obstacle: String?
  /// What was read of the host; `nil` if it is invented.
  private(set) var snapshot: HostSnapshot?
  /// Whether an invented host's site file is rewritten.
  private var isRewritten = false

  init(of plan: LoadedPlan, _ options: Options) async {
    (graph, isInvented) = (plan.graph, options.invents)
    if !options.invents { await copy(plan, options) }
    if snapshot == nil { isRewritten = Self.isSiteRewritten(by: plan, options) }
  }

  private mutating func copy(_ plan: LoadedPlan, _ options: Options) async {
    guard let folder = CheckCommand.projectFolder(of: plan, options) else {
      obstacle = options.project.map { "\($0) holds no Compose file" }
      return
    }
    do {
      let deployer = Deployer(executor: .docker(project: folder), options: options.runOptions())
      snapshot = try await deployer.snapshot(of: graph)
      project = folder
      obstacle = host().world.obstacle
    } catch {
      obstacle = (error as? DeployError)?.message ?? "\(error)"
    }
    if obstacle != nil { (snapshot, project) = (nil, nil) }
  }

  /// A new host, the same each time.
  ///
  /// - Parameter live: the active colour of an invented host. Default: blue.
  func host(live: Color = .blue) -> SimulatedHost {
    if let snapshot {
      return SimulatedHost(copying: snapshot, for: graph.application) { $0.addParts(of: graph) }
    }
    return SimulatedHost(for: graph.application, live: live) {
      $0.addParts(of: graph)
      if isRewritten { $0.removeSiteSources() }
    }
  }

  /// The host, for people.
  var description: String {
    guard let project else { return "simulated host" }
    return snapshot?.found == nil
      ? "simulated copy of \(project)" : "simulated copy of this host with \(project)"
  }

  /// What the copy does not do as the host does; `nil` for an invented host.
  var omissions: String? {
    guard project != nil else { return nil }
    let all = host().world.omissions + ["your images' own behaviour"]
    return "  not simulated: \(all.joined(separator: "; "))"
  }

  /// What to say if the host is not a copy although it was meant to be one; `nil` if it is.
  var note: String? {
    obstacle.map { "note: the simulated host is invented, not a copy of the project: \($0)\n" }
  }

  /// Whether the plan's project has a site file without sources; not if there is no project.
  private static func isSiteRewritten(by plan: LoadedPlan, _ options: Options) -> Bool {
    let application = plan.graph.application
    guard !application.site.isOwnSource else { return true }
    let project = try? ProjectFolder.find(
      for: plan.file, composeFiles: application.allComposeFiles, named: options.project)
    let hasFile = { (path: String) in
      Files.isFile(Paths.path(path, in: project ?? "."))
    }
    return application.site.hasUsualSources && hasFile(application.site.file)
      && !Color.allCases.map(application.source).contains(where: hasFile)
  }
}
