import DeployDSL
import DeployRunner

/// The Compose files and site sources of plans: what `--sync` sends, and what a host must have.
enum ProjectFiles {
  /// What Compose reads beside its usual files.
  private static let overrides = ComposeProject.usualFiles.map { name in
    name.replacing(".y", with: ".override.y")
  }

  /// Those that may be sent, by their paths in the project: other paths are not the project's.
  static func names(of application: Application) -> [String] {
    let usual = isUsual(application) ? ComposeProject.usualFiles + overrides : []
    return (usual + application.allComposeFiles + sources(of: application)).filter { name in
      !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
    }
  }

  /// Those that are here.
  static func here(
    of plans: [LoadedPlan], in folder: String
  ) throws(ToolError) -> [String: JournalBytes] {
    var found: [String: JournalBytes] = [:]
    for name in plans.flatMap({ names(of: $0.graph.application) }) {
      guard Files.isFile("\(folder)/\(name)"), let bytes = Files.read("\(folder)/\(name)") else {
        continue
      }
      found[name] = JournalBytes(bytes)
    }
    guard found.isEmpty else { return found }
    throw ToolError(
      "\(folder) has no Compose file or site source of the plan to send",
      fix: "run bgrun in the project, or without --sync", code: .environment)
  }

  /// Makes sure that the host has what its first steps need.
  ///
  /// - Parameter given: the files that are written first.
  /// - Throws: ``ToolError`` that names what is missing in the working folder.
  static func check(_ file: LoadedFile, given: Set<String>) throws(ToolError) {
    var missing: [String] = []
    for graph in file.plans.map(\.graph) where !makesFiles(graph) {
      let application = graph.application
      let isLacking =
        isUsual(application) && !ProjectFolder.isProject(Paths.current)
        && given.isDisjoint(with: ComposeProject.usualFiles)
      if isLacking { missing.append("a Compose file") }
      let explicit = application.site.hasUsualSources ? [] : sources(of: application)
      missing += (application.allComposeFiles + explicit).filter { name in
        !given.contains(name) && !Files.exists(name) && !missing.contains(name)
      }
    }
    guard !missing.isEmpty else { return }
    throw ToolError(
      "\(Paths.current) on \(ThisHost.name) lacks \(missing.joined(separator: ", ").showable), "
        + "which the plan needs; nothing was started",
      fix: "copy it there, or send what you have here: add --sync", code: .environment)
  }

  /// Whether steps of the plan's author may bring files before they are needed: `git pull`.
  private static func makesFiles(_ graph: StepGraph) -> Bool {
    let needs = graph.nodes.first { $0.step.has(.needsEngine) || $0.step is SwapNginx }
    return graph.nodes.prefix { $0.id != needs?.id }
      .contains { $0.step is Run || $0.code != nil }
  }

  private static func isUsual(_ application: Application) -> Bool {
    application.composeFiles == nil && application.usesOwnProject
  }

  private static func sources(of application: Application) -> [String] {
    let site = application.site
    return site.generated != nil || site.isOwnSource ? [] : [site.blue, site.green]
  }
}
