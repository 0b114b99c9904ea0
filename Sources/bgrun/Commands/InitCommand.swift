import DeployRunner

/// `bgrun init [FOLDER]`: first plans for the project in a folder, the second colour if it has none,
/// and editor support.
struct InitCommand: ToolCommand {
  let name = "init"
  let summary = "write a first plan for a project, and its second colour if it has none"
  let arguments = "[FOLDER]"
  let options = CommandOption.answers + [.on, .format]
  let isForSources = true
  let examples = ["bgrun init", "bgrun init --dry-run", "bgrun init --on deploy@web1:/srv/shop"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    guard !options.isOnHost else {
      // The user's machine writes the plan.
      try output.write(json: try await look(at: PlanFolder("."), options, asking: nil))
      return ExitCode.done.rawValue
    }
    var report = FirstPlanReport()
    guard options.format != .json else {
      // What is told and asked on the way goes to standard error.
      let code = try await run(options, Output(color: options.color), &report)
      try output.write(json: report)
      return code
    }
    return try await run(options, output, &report)
  }

  @MainActor
  private func run(
    _ options: Options, _ output: Output, _ report: inout FirstPlanReport
  ) async throws -> Int32 {
    let project = PlanFolder(try options.folder() ?? ".")
    guard Files.isFolder(project.typed) || options.wantsExample else {
      throw ToolError("the folder \(project.typed) does not exist", code: .environment)
    }
    let setup =
      Installation.loadsPlans
      ? CompilationDatabase(
        folder: project.path(of: "Plans"), toolchain: try Toolchain.find(),
        installation: try Installation.find()) : nil
    if options.wantsExample {
      guard !options.given.contains(where: { $0.name == CommandOption.on.name }) else {
        throw ToolError(
          "--example writes a project here, and --on is about another host", fix: "leave out one")
      }
      return try await example(in: project, options, setup, output, &report)
    }
    let ask = Self.ask(output)
    guard options.hosts.count < 2 else {
      throw ToolError("a first plan is for the project of one host", fix: "name one with --on")
    }
    let place = try options.on.map { try RemotePlace($0) }
    if let place {
      report = try await RemoteProject(at: place, in: project).report(options, output)
      try report.checkIsNew()
    } else {
      report = FirstPlanReport(try await look(at: project, options, asking: ask), in: project)
    }
    output.tell(report.found.map { "found: \($0)\n" }.joined())
    let environment = report.environment
    guard !options.isDryRun else {
      output.write(report.files.map(Self.shown).joined())
      if let environment {
        output.write("\nwould append to \(project.path(of: ".env")):\n  \(environment)\n")
      }
      output.tell(report.notes.map { "note: \($0)\n" }.joined())
      return ExitCode.done.rawValue
    }
    if ask != nil, !options.approves {
      let paths = report.files.map(\.path) + Self.editorFiles(in: setup?.folder)
      output.write(paths.map { "writes \($0)\n" }.joined())
      if let environment {
        output.write("appends to \(project.path(of: ".env")): \(environment)\n")
      }
      guard try await Interview(ask: ask).confirms("Write them?") else {
        output.write("wrote nothing\n")
        return ExitCode.done.rawValue
      }
    }
    try write(report.files, output)
    if let environment {
      try Self.append(environment, to: project.path(of: ".env"))
      output.write("appended to \(project.path(of: ".env")): \(environment)\n")
    }
    report.written = true
    writeEditorSupport(setup, output)
    output.tell(report.notes.map { "note: \($0)\n" }.joined())
    let plans = report.files.map(\.path).filter { $0.hasSuffix(".swift") }
    guard Installation.loadsPlans else { return buildElsewhere(plans, output, &report) }
    // The project is on the host.
    let code = place == nil ? try await check(plans, options.color) : ExitCode.done.rawValue
    output.write(report.end)
    return code
  }

  /// Finds out what to write for a project on this machine.
  private func look(
    at project: PlanFolder, _ options: Options,
    asking ask: (@Sendable (String) async throws -> String)?
  ) async throws -> FirstPlan {
    let interview = Interview(ask: ask)
    let compose = try await ComposeChoice.find(
      in: project, named: options.composeFiles, by: interview)
    let deployer = Deployer(executor: .docker(project: Paths.absolute(project.typed)))
    let reader = ProjectReader(
      folder: project, options: options, interview: interview, compose: compose, deployer: deployer)
    var plan = try await reader.read()
    try keepWhatExists(in: project, &plan)
    return plan
  }

  // MARK: Files

  /// Leaves out the applications that have a plan.
  private func keepWhatExists(in project: PlanFolder, _ plan: inout FirstPlan) throws(ToolError) {
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
    _ files: [FirstPlan.File], _ output: Output
  ) throws(ToolError) {
    for file in files {
      let path = file.path
      guard Files.makeFolder(Paths.parent(of: path) ?? ".", mode: 0o777),
        Files.create(path, with: Array(file.text.utf8))
      else { throw ToolError("\(path) cannot be written", code: .environment) }
      output.write("wrote \(path)\n")
    }
  }

  /// The files beside the plans of a folder that are written for editors; none without a folder.
  static func editorFiles(in folder: String?) -> [String] {
    guard let plans = folder.map(PlanFolder.init) else { return [] }
    // The database contains paths of this machine.
    let ignored = plans.path(of: ".gitignore")
    return (Files.exists(ignored) ? [] : [ignored]) + [plans.path(of: CompilationDatabase.name)]
  }

  private func writeEditorSupport(_ setup: CompilationDatabase?, _ output: Output) {
    guard let setup else { return }
    for ignored in Self.editorFiles(in: setup.folder) where ignored != setup.path {
      if Files.create(ignored, with: Array("\(CompilationDatabase.name)\n".utf8)) {
        output.write("wrote \(ignored)\n")
      }
    }
    do {
      try setup.write()
      output.write("wrote \(setup.path), for editors with SourceKit-LSP support\n")
    } catch {
      output.complain(error.text)
    }
  }

  private static func shown(_ file: FirstPlan.File) -> String {
    let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    return "\nwould write \(file.path):\n"
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
    _ plans: [String], _ output: Output, _ report: inout FirstPlanReport
  ) -> Int32 {
    let commands = plans.flatMap { ["bgrun check \($0)", "bgrun build \($0)"] }
    report.next = commands.map {
      FirstPlanReport.Command(command: $0, purpose: "where Swift is installed")
    }
    output.write(
      "\nnext, where Swift is installed:\n" + commands.map { "  \($0)\n" }.joined()
        + "and copy the programs here\n")
    return ExitCode.done.rawValue
  }

  // MARK: Example

  private func example(
    in project: PlanFolder, _ options: Options, _ setup: CompilationDatabase?, _ output: Output,
    _ report: inout FirstPlanReport
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
    report.files = example.files.map { .init(path: project.path(of: $0.path), text: $0.text) }
    guard !options.isDryRun else {
      output.write(report.files.map(Self.shown).joined())
      return ExitCode.done.rawValue
    }
    try write(report.files, output)
    report.written = true
    writeEditorSupport(setup, output)
    let plan = project.path(of: "Plans/app.swift")
    guard Installation.loadsPlans else { return buildElsewhere([plan], output, &report) }
    let code = try await check([plan], options.color)
    let isHere = project.typed == "."
    report.next = [
      "\(isHere ? "" : "cd \(project.typed) && ")docker compose up -d nginx app-blue",
      "bgrun \(isHere ? plan : "Plans/app.swift")", "curl http://localhost:8080/",
    ].map { FirstPlanReport.Command(command: $0) }
    output.write("\nnext:\n" + report.next.map { "  \($0.command)\n" }.joined())
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
