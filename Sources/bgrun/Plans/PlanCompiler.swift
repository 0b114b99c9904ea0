import DeployRunner

/// Compiles a plan into a library that this process can load.
///
/// The plan is compiled as a script with another entry point name. Its references to DeployDSL stay
/// undefined and resolve in this process.
struct PlanCompiler {
  /// The name of the entry point in a compiled plan.
  static let entryPoint = "bgrun_plan_main"

  /// A program of the toolchain and its arguments.
  typealias Job = (program: String, arguments: [String])

  let runner: ToolchainRunner
  var toolchain: Toolchain { runner.toolchain }
  /// What the plan uses besides DeployDSL.
  var extras = PlanDependencies()

  /// The arguments in the key of a cache entry; the key also has bgrun's build, which uses them.
  var keyFlags: [String] { language + extras.flags }

  /// The arguments for both the compiler and its driver.
  var language: [String] {
    [
      "-swift-version", "6", "-module-name", "Plan", "-gline-tables-only",
      "-I", runner.installation.modules,
    ]
  }

  /// Compiles a plan into a file.
  ///
  /// - Throws: the compiler's errors, with hints.
  /// - Returns: warnings, as the compiler wrote them.
  func compile(
    _ plan: PlanFile, into output: String, isColored: Bool, scratch: String? = nil
  ) throws(ToolError) -> String {
    try extras.prepareForCompiling(plan, isColored: isColored)
    var options = isColored ? ["-color-diagnostics"] : []
    if let scratch { options += ["-module-cache-path", "\(scratch)/modules"] }
    let stages = CompilerStages(toolchain)
    defer { stages?.removeDrafts(of: output) }
    let jobs = stages?.jobs(plan.path, output, language + options, CompilerFlags(extras.flags))
    var text = ""
    for job in jobs ?? [driverJob(plan.path, output, options)] {
      let ending = try runner.run(
        job.program, job.arguments, doing: "compiling \(plan.typed):")
      text += ending.text
      guard ending.status == 0 else {
        throw compilerText(text, plan).refusal(of: plan.typed, status: ending.status)
      }
    }
    return compilerText(text, plan).withHints
  }

  private func compilerText(_ text: String, _ plan: PlanFile) -> CompilerText {
    CompilerText(plan.naming(text), modules: extras.modules)
  }

  /// The compiler's driver, which finds what else is needed: on macOS the SDK.
  private func driverJob(_ plan: String, _ output: String, _ options: [String]) -> Job {
    var arguments =
      language + options + extras.flags + [
        "-Xclang-linker", "-shared", "-Xclang-linker", "-Wno-unused-command-line-argument",
        "-Xfrontend", "-entry-point-function-name", "-Xfrontend", Self.entryPoint,
      ]
    #if os(macOS)
      arguments += ["-Xlinker", "-undefined", "-Xlinker", "dynamic_lookup"]
    #else
      arguments += ["-use-ld=lld"]
    #endif
    return (toolchain.compiler, arguments + ["-o", output, plan])
  }
}
