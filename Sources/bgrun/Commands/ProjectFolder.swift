import DeployDSL

/// The Compose project that a plan is for, if nobody names it.
enum ProjectFolder {
  private static let defaultFiles = [
    "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
  ]

  /// The nearest folder at or above the plan that holds a Compose file, else the working folder.
  static func find(for plan: LoadedPlan) -> String {
    let files = plan.plan.application.composeFile.map { [$0] } ?? defaultFiles
    var folder = Paths.parent(of: plan.file.absolute)
    while let candidate = folder {
      if files.contains(where: { Files.isFile("\(candidate)/\($0)") }) { return candidate }
      folder = Paths.parent(of: candidate)
    }
    return Paths.current
  }
}
