/// The folder of the Compose project that a plan deploys.
enum ProjectFolder {
  static let composeFiles = [
    "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
  ]

  /// The folder that was named, else the nearest one at or above the plan that holds a Compose
  /// file, else the working folder.
  static func find(
    for plan: PlanFile, composeFile: String?, named: String?
  ) throws(ToolError) -> String {
    if let named {
      guard Files.isFolder(named) else {
        let fault = Files.status(named) == nil ? "is not there" : "is no folder"
        throw ToolError("the project folder \(named) \(fault)", code: .environment)
      }
      return Paths.absolute(named)
    }
    let files = composeFile.map { [$0] } ?? composeFiles
    let real = Paths.resolved(plan.path) ?? plan.path
    var folder = Paths.parent(of: real)
    while let current = folder {
      if files.contains(where: { Files.isFile("\(current)/\($0)") }) { return current }
      folder = Paths.parent(of: current)
    }
    return Paths.current
  }
}
