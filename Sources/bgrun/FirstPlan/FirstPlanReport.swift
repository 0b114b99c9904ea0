import DeployRunner

/// What `bgrun init` has found and writes, for people and programs.
struct FirstPlanReport: Codable, Sendable {
  /// A command to run next.
  struct Command: Codable, Sendable {
    var command: String
    var purpose: String?
  }

  /// Whether the files were written.
  var written = false
  var found: [String] = []
  var files: [FirstPlan.File] = []
  /// The line at the end of `.env` that the everyday commands need.
  var environment: String?
  var notes: [String] = []
  /// What to run next.
  var next: [Command] = []
  /// How new versions are deployed, and what starts the project after it was taken down.
  var later: [String] = []

  init() {}

  init(_ plan: FirstPlan, in project: PlanFolder) {
    files = ([plan.overlay].compactMap(\.self) + plan.plans).map {
      .init(path: project.path(of: $0.path), text: $0.text)
    }
    (found, environment, notes) = (plan.found, plan.environmentLine, plan.hints)
    next = Self.commands(plan, in: project)
    later = plan.applications.map(Self.release)
    if let command = plan.restart { later.append(Self.restart(command)) }
  }

  private static func commands(_ plan: FirstPlan, in project: PlanFolder) -> [Command] {
    let isHere = project.typed == "."
    let start = plan.start.map { command in
      (isHere ? command : "(cd \(project.typed) && \(command))", "start what does not run yet")
    }
    let pairs =
      [start].compactMap(\.self)
      + plan.applications.flatMap { application in
        let path = project.path(of: "Plans/\(application.name).swift")
        let set = application.version.map { " --set \($0.parameter)=VERSION" } ?? ""
        return [
          ("bgrun \(path)\(set) --executor mock", "run it on a simulated host"),
          ("bgrun \(path)\(set) --dry-run", "print every command, change nothing"),
          ("bgrun \(path)\(set)", "deploy"),
        ]
      }
    return pairs.map { Command(command: $0.0, purpose: $0.1) }
  }

  /// What to do where no colour runs, although everyday commands were used.
  private static func restart(_ command: String) -> String {
    "after `docker compose down`: `docker compose up -d` leaves the colours alone; start the active one "
      + "by name, at first `\(command)`; a deploy prints the command when it is needed"
  }

  /// How a new version is deployed.
  private static func release(_ application: PlannedApplication) -> String {
    let (name, green) = (application.name, application.pair.green)
    if let version = application.version {
      return
        "new version of \(name): `--set \(version.parameter)=VERSION` sets \(version.variable) for the "
        + "colour that is deployed; the other one keeps its image"
    }
    switch application.source {
    case .build:
      return "new version of \(name): change the code; the plan builds the target's image"
    case .pull:
      return
        "new version of \(name): push the image, or change its tag in the Compose file; the plan pulls it "
        + "for the target, and the other colour keeps its image"
    case .local:
      return
        "new version of \(name): build the image of \(green) or \(application.pair.blue) on the project's "
        + "machine, or change its tag in the Compose file; no registry has it, so the plan does not pull"
    }
  }

  /// Makes sure that none of the files exists.
  ///
  /// - Throws: ``ToolError`` that names the first one that does.
  func checkIsNew() throws(ToolError) {
    guard let file = files.first(where: { Files.exists($0.path) }) else { return }
    throw ToolError("\(file.path) already exists", fix: "edit it, or name another folder")
  }

  /// The end of what people are told.
  var end: String {
    let width = next.map(\.command.count).max() ?? 0
    let lines = next.map { line in
      "  \(line.command.padded(toWidth: width))   \(line.purpose ?? "")\n"
    }
    return "\nnext:\n" + lines.joined() + later.map { "\($0)\n" }.joined()
  }
}
