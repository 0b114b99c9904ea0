import DeployRunner

/// The Compose files of a project, as its users start it.
struct ComposeChoice: Equatable {
  /// The files, relative to the project folder, in Compose's order.
  var files: [String]
  /// Whether the plan must name them: Compose does not find them.
  var isNamed: Bool

  /// The files of a folder: those that are named, else those that Compose finds, else those whose
  /// names say that they belong together.
  ///
  /// - Throws: ``ToolError`` if there is none, or several could be meant.
  static func find(
    in folder: PlanFolder, named: [String], by interview: Interview
  ) async throws -> ComposeChoice {
    guard named.isEmpty else {
      for file in named where !Files.isFile(folder.path(of: file)) {
        throw ToolError(
          "the Compose file \(folder.path(of: file)) does not exist", code: .environment)
      }
      return ComposeChoice(files: named, isNamed: true)
    }
    let others = others(in: folder)
    if var found = byCompose(in: folder) {
      // A file for each colour beside the usual one is part of the project.
      if found.files.allSatisfy({ !$0.namesColor }), others.filter(\.namesColor).count > 1 {
        found = ComposeChoice(files: found.files + others.filter(\.namesColor), isNamed: true)
      }
      return found
    }
    guard !others.isEmpty else {
      throw ToolError(
        "there is no Compose file in \(folder.typed == "." ? "this folder" : folder.typed)",
        fix: "run it in the project's folder, name the file with --compose FILE, or begin with a "
          + "working example in an empty folder: `bgrun init --example`",
        code: .environment)
    }
    if others.contains(where: \.namesColor) {
      // nginx first: a later file may override an earlier one.
      let isElsewhere = ["dev", "local", "test", "build", "ci"]
      let rest = others.filter { file in
        !file.namesColor && !isElsewhere.contains { file.contains($0) }
      }
      return ComposeChoice(files: rest + others.filter(\.namesColor), isNamed: true)
    }
    if others.count == 1 { return ComposeChoice(files: others, isNamed: true) }
    let production = others.filter { $0.contains("prod") }
    if production.count == 1 { return ComposeChoice(files: production, isNamed: true) }
    let file = try await interview.choose(
      "Which Compose file is started on this host?", among: others, option: "--compose")
    return ComposeChoice(files: [file], isNamed: true)
  }

  /// The files that Compose finds: by COMPOSE_FILE, in the environment or `.env`, or by
  /// their usual names.
  private static func byCompose(in folder: PlanFolder) -> ComposeChoice? {
    let said = Paths.variable("COMPOSE_FILE") ?? variable("COMPOSE_FILE", in: folder)
    if let said {
      let sign =
        Paths.variable("COMPOSE_PATH_SEPARATOR") ?? variable("COMPOSE_PATH_SEPARATOR", in: folder)
        ?? ":"
      let files = said.split(separator: sign).map(String.init)
      return files.isEmpty ? nil : ComposeChoice(files: files, isNamed: false)
    }
    guard let main = ComposeProject.usualFiles.first(where: { Files.isFile(folder.path(of: $0)) })
    else { return nil }
    let overlays = ComposeProject.usualFiles.map { file in
      let stem = file.prefix { $0 != "." }
      return "\(stem).override\(file.dropFirst(stem.count))"
    }
    let overlay = overlays.first { Files.isFile(folder.path(of: $0)) }
    return ComposeChoice(files: [main] + [overlay].compactMap(\.self), isNamed: false)
  }

  private static func variable(_ name: String, in folder: PlanFolder) -> String? {
    Files.read(folder.path(of: ".env")).flatMap { EnvironmentFile(bytes: $0).value(of: name) }
  }

  /// Files with another name: `docker-compose.prod.yml`.
  private static func others(in folder: PlanFolder) -> [String] {
    Files.names(in: folder.typed).filter { name in
      (name.hasPrefix("compose") || name.hasPrefix("docker-compose"))
        && (name.hasSuffix(".yml") || name.hasSuffix(".yaml"))
        && !ComposeProject.usualFiles.contains(name) && !name.contains(".override.")
        && Files.isFile(folder.path(of: name))
    }.sorted()
  }
}

extension String {
  /// Whether a name says which colour it is for.
  var namesColor: Bool {
    let name = lowercased()
    return name.contains("blue") || name.contains("green")
  }
}
