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
      let place = folder.typed == "." ? "this folder" : folder.typed
      let files = definingServices(below: folder)
      if let first = files.first {
        throw ToolError(
          "Compose finds no file in \(place); these define services: "
            + files.joined(separator: ", "),
          fix: "name the one that is started on this host: `bgrun init --compose \(first)`; for "
            + "several that are started together, repeat --compose in the order of `docker compose -f`",
          code: .environment)
      }
      throw ToolError(
        "there is no Compose file in \(place)",
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
    if let said = variable("COMPOSE_FILE", in: folder) {
      let sign = variable("COMPOSE_PATH_SEPARATOR", in: folder) ?? ":"
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

  /// A variable of the environment or of `.env`.
  static func variable(_ name: String, in folder: PlanFolder) -> String? {
    Paths.variable(name)
      ?? Files.read(folder.path(of: ".env")).flatMap { EnvironmentFile(bytes: $0).value(of: name) }
  }

  /// Files that define services, in the folder or below it.
  private static func definingServices(below folder: PlanFolder) -> [String] {
    let start = folder.typed == "." ? "" : "\(folder.typed)/"
    return Files.paths(below: folder.typed, depth: 3).filter { path in
      guard path.hasSuffix(".yml") || path.hasSuffix(".yaml"), let bytes = Files.read(path) else {
        return false
      }
      return bytes.split(separator: 10).contains { $0.starts(with: "services:".utf8) }
    }
    .map { path in
      path.hasPrefix("./") ? String(path.dropFirst(2)) : String(path.dropFirst(start.count))
    }
    .sorted { ($0.contains("dev") ? 1 : 0, $0) < ($1.contains("dev") ? 1 : 0, $1) }
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
