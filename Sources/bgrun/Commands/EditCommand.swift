import DeployDSL
import DeployRunner

/// `bgrun edit PLAN`: sets up editors for the plan's folder, and opens the plan in $EDITOR.
struct EditCommand: ToolCommand {
  let name = "edit"
  let summary = "set up editors for a plan, and open it in $VISUAL or $EDITOR"
  let options = [CommandOption.quiet, .verbose]
  let isForSources = true
  let examples = ["bgrun edit Plans/grafana.swift"]

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    let plan = try PlanFile(options)
    let runner = try ToolchainRunner(output: output, options: options)
    let typedFolder = plan.typed.dropLast(plan.name.count)
    let setup = CompilationDatabase(
      folder: typedFolder.isEmpty ? "." : String(typedFolder), toolchain: runner.toolchain,
      installation: runner.installation)
    let imports = try imports(of: plan, runner)
    do {
      try setup.write(plan: plan.name, imports: imports)
      output.write(
        "wrote \(setup.path) for SourceKit-LSP: completion, errors, jump to definition\n")
    } catch {
      output.complain(error.text)
    }
    guard isatty(STDIN_FILENO) == 1,
      let editor = Paths.variable("VISUAL") ?? Paths.variable("EDITOR"),
      editor.contains(where: { $0 != " " })
    else {
      output.write("open \(plan.typed) in any editor with SourceKit-LSP support\n")
      return ExitCode.done.rawValue
    }
    throw open(plan, in: editor)
  }

  /// What finds the plan's modules. A plan whose packages do not build can be edited too.
  private func imports(of plan: PlanFile, _ runner: ToolchainRunner) throws -> [String] {
    do {
      let extras = try PlanDependencies(of: plan, runner: runner, scratch: nil)
      try extras.prepareForCompiling(plan, isColored: runner.output.problemsAreColored)
      return extras.imports
    } catch let error as ToolError where !error.code.isSignal {
      runner.output.complain(error.text)
    } catch let error as PlanError {
      let text = DiagnosticText(isColored: runner.output.problemsAreColored)
      runner.output.complain(text.text(of: error))
    }
    return []
  }

  /// Replaces this process with the editor; returns only if that fails.
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
