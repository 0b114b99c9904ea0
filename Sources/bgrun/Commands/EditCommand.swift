import DeployDSL

/// `bgrun edit PLAN`: sets editors up for the plan's folder, and opens the plan in yours.
struct EditCommand: ToolCommand {
  let name = "edit"
  let summary = "set up editors for a plan, and open it in $VISUAL or $EDITOR"
  let options = [CommandOption.quiet, .verbose]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanFile(options)
    let workshop = ToolchainRunner(
      toolchain: try Toolchain.find(), installation: try Installation.find(), output: output,
      options: options)
    let typedFolder = plan.typed.dropLast(plan.name.count)
    let setup = CompilationDatabase(
      folder: typedFolder.isEmpty ? "." : String(typedFolder), toolchain: workshop.toolchain,
      installation: workshop.installation)
    let imports = try imports(of: plan, workshop)
    do {
      try setup.write(plan: plan.name, imports: imports)
      output.write("wrote \(setup.path), which SourceKit-LSP reads: completion, errors, jumps\n")
    } catch {
      output.complain(error.text)
    }
    guard isatty(STDIN_FILENO) == 1,
      let editor = Paths.variable("VISUAL") ?? Paths.variable("EDITOR"),
      editor.contains(where: { $0 != " " })
    else {
      output.write("open \(plan.typed) in any editor that speaks to `sourcekit-lsp`\n")
      return ExitCode.done.rawValue
    }
    throw open(plan, in: editor)
  }

  /// What finds the plan's modules. A plan whose packages do not build is there to be mended.
  private func imports(of plan: PlanFile, _ workshop: ToolchainRunner) throws -> [String] {
    do {
      let extras = try PlanDependencies(of: plan, workshop: workshop, scratch: nil)
      try extras.prepareForCompiling(plan, isColored: workshop.output.problemsAreColored)
      return extras.imports
    } catch let error as ToolError where !error.code.isSignal {
      workshop.output.complain(error.text)
    } catch let error as PlanError {
      let text = DiagnosticText(isColored: workshop.output.problemsAreColored)
      workshop.output.complain(text.text(of: error))
    }
    return []
  }

  /// Becomes the editor; returns only if that cannot be done.
  private func open(_ plan: PlanFile, in editor: String) -> ToolError {
    let words = editor.split(separator: " ").map(String.init) + [plan.path]
    let argv = words.map { strdup($0) } + [nil]
    signal(SIGPIPE, SIG_DFL)
    execvp(words[0], argv)
    return ToolError(
      "cannot start the editor \(words[0]): \(String(cString: strerror(errno)))",
      fix: "set VISUAL or EDITOR", code: .environment)
  }
}
