import DeployRunner

/// The folder of the Compose project that a plan deploys.
enum ProjectFolder {
  /// The folder given with `--project`, otherwise the nearest one at or above the plan that holds
  /// the project's Compose files, otherwise the working directory.
  ///
  /// - Parameter files: the Compose files that the plan names; none if Compose finds its own.
  static func find(
    for plan: PlanFile, composeFiles files: [String], named: String?
  ) throws(ToolError) -> String {
    if let named {
      guard Files.isFolder(named) else {
        let fault = Files.status(named) == nil ? "does not exist" : "is not a folder"
        throw ToolError("the project folder \(named) \(fault)", code: .environment)
      }
      return Paths.absolute(named)
    }
    let real = Paths.resolved(plan.path) ?? plan.path
    let folders =
      Paths.ancestors(of: Paths.parent(of: real) ?? "/")
      // A program may lie anywhere.
      + (EmbeddedPlan.current == nil ? [] : Paths.ancestors(of: Paths.current))
    return folders.first { isProject($0, composeFiles: files) }
      // One of several files may be missing, which the run reports.
      ?? folders.first { folder in files.contains { Files.isFile("\(folder)/\($0)") } }
      ?? Paths.current
  }

  /// Whether a folder holds the Compose files: those that the plan names, or one that Compose finds
  /// itself, by a usual name or the folder's `.env`.
  static func isProject(_ folder: String, composeFiles files: [String] = []) -> Bool {
    if !files.isEmpty { return files.allSatisfy { Files.isFile(Paths.path($0, in: folder)) } }
    return ComposeProject.usualFiles.contains { Files.isFile("\(folder)/\($0)") }
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
