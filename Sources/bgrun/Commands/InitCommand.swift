import DeployDSL
import DeployRunner

/// `bgrun init [FOLDER]`: first plans for the project in a folder, the second colour if it has none,
/// and editor support.
struct InitCommand: ToolCommand {
  let name = "init"
  let summary = "write a first plan for a project, and its second colour if it has none"
  let arguments = "[FOLDER]"
  let options = CommandOption.answers + [.format]
  let formats: [Options.Format] = [.human, .json]
  let isForSources = true
  var examples: [String] {
    ["bgrun init", "bgrun init --dry-run", "bgrun init --example"]
  }

  /// What was found and written, for programs.
  private struct Outcome: Encodable {
    struct File: Encodable {
      var path: String
      var text: String
    }

    struct Command: Encodable {
      var command: String
      var purpose: String?
    }

    /// Whether the files were written.
    var written = false
    var found: [String] = []
    var files: [File] = []
    /// The line at the end of `.env` that the everyday commands need.
    var environment: String?
    var notes: [String] = []
    /// What to run next.
    var next: [Command] = []

    mutating func add(_ files: [FirstPlan.File], in project: PlanFolder) {
      self.files += files.map { File(path: project.path(of: $0.path), text: $0.text) }
    }
  }

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    guard options.format == .json else {
      var unused = Outcome()
      return try await run(options, output, &unused)
    }
    var outcome = Outcome()
    // What is told and asked on the way goes to standard error.
    let code = try await run(options, Output(color: options.color), &outcome)
    try output.write(json: outcome)
    return code
  }

  @MainActor
  private func run(
    _ options: Options, _ output: Output, _ outcome: inout Outcome
  ) async throws -> Int32 {
    guard options.words.count <= 1 else {
      throw ToolError("expected one folder, got \(options.words.joined(separator: " "))")
    }
    let project = PlanFolder(options.words.first ?? ".")
    guard Files.isFolder(project.typed) || options.wantsExample else {
      throw ToolError("the folder \(project.typed) does not exist", code: .environment)
    }
    let setup =
      Installation.loadsPlans
      ? CompilationDatabase(
        folder: project.path(of: "Plans"), toolchain: try Toolchain.find(),
        installation: try Installation.find()) : nil
    let deployer = Deployer(executor: .docker(project: Paths.absolute(project.typed)))
    if options.wantsExample {
      return try await example(in: project, options, setup, output, &outcome)
    }
    let interview = Interview(ask: Self.ask(output))
    let compose = try await ComposeChoice.find(
      in: project, named: options.composeFiles, by: interview)
    let reader = ProjectReader(
      folder: project, options: options, interview: interview, compose: compose, deployer: deployer)
    var plan = try await reader.read()
    output.write(plan.found.map { "found: \($0)\n" }.joined())
    try keepWhatExists(in: project, &plan, options)
    let files = [plan.overlay].compactMap(\.self) + plan.plans
    let environment = plan.environmentLine
    outcome.add(files, in: project)
    (outcome.found, outcome.environment, outcome.notes) = (plan.found, environment, plan.hints)
    guard !options.isDryRun else {
      output.write(files.map { Self.shown($0, in: project) }.joined())
      if let environment {
        output.write("\nwould append to \(project.path(of: ".env")):\n  \(environment)\n")
      }
      output.write(plan.hints.map { "note: \($0)\n" }.joined())
      return ExitCode.done.rawValue
    }
    if interview.ask != nil, !options.approves {
      output.write(files.map { "writes \(project.path(of: $0.path))\n" }.joined())
      if let environment {
        output.write("appends to \(project.path(of: ".env")): \(environment)\n")
      }
      guard try await interview.confirms("Write them?") else {
        output.write("wrote nothing\n")
        return ExitCode.done.rawValue
      }
    }
    try write(files, in: project, output)
    if let environment {
      try Self.append(environment, to: project.path(of: ".env"))
      output.write("appended to \(project.path(of: ".env")): \(environment)\n")
    }
    outcome.written = true
    writeEditorSupport(setup, output)
    output.write(plan.hints.map { "note: \($0)\n" }.joined())
    let paths = plan.plans.map { project.path(of: $0.path) }
    guard Installation.loadsPlans else { return buildElsewhere(paths, output, &outcome) }
    let code = try await check(paths, options.color)
    outcome.next = commands(plan, in: project)
    output.write(next(plan, outcome.next))
    return code
  }

  // MARK: Files

  /// Leaves out the applications that have a plan.
  private func keepWhatExists(
    in project: PlanFolder, _ plan: inout FirstPlan, _ options: Options
  ) throws(ToolError) {
    let existing = plan.plans.map { project.path(of: $0.path) }.filter(Files.exists)
    plan.applications.removeAll { Files.exists(project.path(of: "Plans/\($0.name).swift")) }
    if plan.applications.isEmpty, let first = existing.first {
      throw ToolError("\(first) already exists", fix: "edit it: `bgrun edit \(first)`")
    }
    if let overlay = plan.overlay, Files.exists(project.path(of: overlay.path)) {
      let named = (plan.applications.first?.compose ?? []).map { "--compose \($0)" }
      throw ToolError(
        "\(project.path(of: overlay.path)) already exists",
        fix: "if it holds the second colour: `bgrun init \(named.joined(separator: " "))`")
    }
  }

  private func write(
    _ files: [FirstPlan.File], in project: PlanFolder, _ output: Output
  ) throws(ToolError) {
    for file in files {
      let path = project.path(of: file.path)
      guard Files.makeFolder(Paths.parent(of: path) ?? ".", mode: 0o777),
        Files.create(path, with: Array(file.text.utf8))
      else { throw ToolError("\(path) cannot be written", code: .environment) }
      output.write("wrote \(path)\n")
    }
  }

  private func writeEditorSupport(_ setup: CompilationDatabase?, _ output: Output) {
    guard let setup else { return }
    // The file contains paths of this machine.
    let ignored = PlanFolder(setup.folder).path(of: ".gitignore")
    if !Files.exists(ignored),
      Files.create(ignored, with: Array("\(CompilationDatabase.name)\n".utf8))
    {
      output.write("wrote \(ignored)\n")
    }
    do {
      try setup.write()
      output.write("wrote \(setup.path), for editors with SourceKit-LSP support\n")
    } catch {
      output.complain(error.text)
    }
  }

  private static func shown(_ file: FirstPlan.File, in project: PlanFolder) -> String {
    let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return "\nwould write \(project.path(of: file.path)):\n"
      + lines.map { $0.isEmpty ? "\n" : "  \($0)\n" }.joined()
  }

  private static func append(_ line: String, to path: String) throws(ToolError) {
    let old = Files.read(path)
    let gap = old.map { $0.isEmpty || $0.last == 10 ? "" : "\n" } ?? ""
    let bytes = Array("\(gap)\(line)\n".utf8)
    guard old == nil ? Files.create(path, with: bytes) : Files.append(bytes, to: path) else {
      throw ToolError("\(path) cannot be written", code: .environment)
    }
  }

  // MARK: The end

  /// Checks the plans as `bgrun check` does; returns the worst exit code.
  private func check(_ plans: [String], _ color: Options.ColorChoice) async throws -> Int32 {
    var worst = ExitCode.done.rawValue
    for plan in plans {
      var options = Options()
      options.command = CheckCommand()
      options.words = [plan]
      worst = max(
        worst, try await CheckCommand().run(options, Output(color: color, plan: plan)))
    }
    return worst
  }

  /// The end without Swift: where the plans become programs.
  private func buildElsewhere(
    _ plans: [String], _ output: Output, _ outcome: inout Outcome
  ) -> Int32 {
    let commands = plans.flatMap { ["bgrun check \($0)", "bgrun build \($0)"] }
    outcome.next = commands.map {
      Outcome.Command(command: $0, purpose: "where Swift is installed")
    }
    output.write(
      "\nnext, where Swift is installed:\n" + commands.map { "  \($0)\n" }.joined()
        + "and copy the programs here\n")
    return ExitCode.done.rawValue
  }

  private func commands(_ plan: FirstPlan, in project: PlanFolder) -> [Outcome.Command] {
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
    return pairs.map { Outcome.Command(command: $0.0, purpose: $0.1) }
  }

  private func next(_ plan: FirstPlan, _ commands: [Outcome.Command]) -> String {
    let width = commands.map(\.command.count).max() ?? 0
    let lines = commands.map { line in
      "  \(line.command.padded(toWidth: width))   \(line.purpose ?? "")\n"
    }
    return "\nnext:\n" + lines.joined()
      + plan.applications.map(release).joined()
      + (plan.restart.map(Self.restart) ?? "")
  }

  /// What to do where no colour runs, although everyday commands were used.
  private static func restart(_ command: String) -> String {
    "after `docker compose down`: `docker compose up -d` leaves the colours alone; start the active one "
      + "by name, at first `\(command)`; a deploy prints the command when it is needed\n"
  }

  /// How a new version is deployed.
  private func release(_ application: PlannedApplication) -> String {
    let (name, green) = (application.name, application.pair.green)
    if let version = application.version {
      return
        "new version of \(name): `--set \(version.parameter)=VERSION` sets \(version.variable) for the "
        + "colour that is deployed; the other one keeps its image\n"
    }
    switch application.source {
    case .build:
      return "new version of \(name): change the code; the plan builds the target's image\n"
    case .pull:
      return
        "new version of \(name): push the image, or change its tag in the Compose file; the plan pulls it "
        + "for the target, and the other colour keeps its image\n"
    case .local:
      return
        "new version of \(name): build the image of \(green) or \(application.pair.blue) on this machine, "
        + "or change its tag in the Compose file; no registry has it, so the plan does not pull\n"
    }
  }

  // MARK: Example

  private func example(
    in project: PlanFolder, _ options: Options, _ setup: CompilationDatabase?, _ output: Output,
    _ outcome: inout Outcome
  ) async throws -> Int32 {
    var example = ExampleProject()
    if let image = options.image {
      example.image = image
      // The folder may not exist yet.
      example.isPulled = await Deployer(executor: .docker()).comesFromRegistry(image)
      if let health = options.health { example.health = health }
    }
    for file in example.files where Files.exists(project.path(of: file.path)) {
      throw ToolError(
        "\(project.path(of: file.path)) already exists",
        fix: "name an empty folder: `bgrun init --example FOLDER`")
    }
    outcome.add(example.files, in: project)
    guard !options.isDryRun else {
      output.write(example.files.map { Self.shown($0, in: project) }.joined())
      return ExitCode.done.rawValue
    }
    try write(example.files, in: project, output)
    outcome.written = true
    writeEditorSupport(setup, output)
    let plan = project.path(of: "Plans/app.swift")
    guard Installation.loadsPlans else { return buildElsewhere([plan], output, &outcome) }
    let code = try await check([plan], options.color)
    let isHere = project.typed == "."
    outcome.next = [
      "\(isHere ? "" : "cd \(project.typed) && ")docker compose up -d",
      "bgrun \(isHere ? plan : "Plans/app.swift")", "curl http://localhost:8080/",
    ].map { Outcome.Command(command: $0) }
    output.write("\nnext:\n" + outcome.next.map { "  \($0.command)\n" }.joined())
    return code
  }

  /// Asks on the terminal; `nil` without one.
  private static func ask(_ output: Output) -> (@Sendable (String) async throws -> String)? {
    guard isatty(STDIN_FILENO) == 1, output.isTerminal else { return nil }
    return { question in
      output.write(question)
      guard let line = readLine() else {
        throw ToolError("the terminal was closed before the question was answered")
      }
      return line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
  }
}
