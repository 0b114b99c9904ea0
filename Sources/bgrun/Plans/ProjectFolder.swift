import DeployRunner

/// The folder of the Compose project that a plan deploys.
enum ProjectFolder {
  private static let composeFiles = [
    "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
  ]

  /// The folder given with `--project`, otherwise the nearest one at or above the plan in which
  /// Compose finds its file, otherwise the working directory.
  static func find(
    for plan: PlanFile, composeFile: String?, named: String?
  ) throws(ToolError) -> String {
    if let named {
      guard Files.isFolder(named) else {
        let fault = Files.status(named) == nil ? "does not exist" : "is not a folder"
        throw ToolError("the project folder \(named) \(fault)", code: .environment)
      }
      return Paths.absolute(named)
    }
    let real = Paths.resolved(plan.path) ?? plan.path
    var folder = Paths.parent(of: real)
    while let current = folder {
      if isProject(current, composeFile: composeFile) { return current }
      folder = Paths.parent(of: current)
    }
    return Paths.current
  }

  /// Whether Compose finds its file from a folder: by a usual name, the plan's `compose:`, or the
  /// folder's `.env`.
  static func isProject(_ folder: String, composeFile: String? = nil) -> Bool {
    if let composeFile { return Files.isFile("\(folder)/\(composeFile)") }
    return composeFiles.contains { Files.isFile("\(folder)/\($0)") }
      || saysComposeFile("\(folder)/.env")
  }

  private static func saysComposeFile(_ path: String) -> Bool {
    guard Files.isFile(path), let bytes = Files.read(path) else { return false }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    return lines.contains { line in
      let name = line.prefix { $0 != "=" }.split(whereSeparator: \.isWhitespace)
      return name == ["COMPOSE_FILE"] || name == ["export", "COMPOSE_FILE"]
    }
  }
}
