import DeployRunner

/// Compiles a plan into a library that this process can load.
///
/// The plan stays as it is, a script; only the entry point gets another name. What it uses of
/// DeployDSL stays undefined and is found in this process.
struct PlanCompiler {
  /// The name of the entry point in a compiled plan.
  static let entryPoint = "bgrun_plan_main"

  let toolchain: Toolchain
  let installation: Installation
  /// What the plan uses besides bgrun's own module.
  var extras = PlanDependencies()

  /// What the key of a cache entry has of the arguments; how they are used is bgrun's, whose build
  /// is in the key as well.
  var keyFlags: [String] { language + extras.flags }

  /// What the plan is: for the compiler itself and for its driver.
  private var language: [String] {
    [
      "-swift-version", "6", "-module-name", "Plan", "-gline-tables-only",
      "-I", installation.modules,
    ]
  }

  /// Compiles a plan into a file.
  ///
  /// - Parameter tell: told each command line before it is run.
  /// - Throws: the compiler's own words, with hints, if it refuses.
  /// - Returns: warnings, as the compiler wrote them.
  func compile(
    _ plan: PlanFile, into output: String, isColored: Bool, scratch: String? = nil,
    tell: (String) -> Void = { _ in }
  ) throws(ToolError) -> String {
    try extras.prepareForCompiling(plan, isColored: isColored)
    var options = isColored ? ["-color-diagnostics"] : []
    if let scratch { options += ["-module-cache-path", "\(scratch)/modules"] }
    let stages = CompilerStages(toolchain)
    defer { stages?.removeDrafts(of: output) }
    let jobs = stages?.jobs(plan.path, output, language + options, CompilerFlags(extras.flags))
    var text = ""
    for job in jobs ?? [driverJob(plan.path, output, options)] {
      tell("compiling \(plan.typed): \(([job.program] + job.arguments).joined(separator: " "))")
      let ending = try Subprocess.run(job.program, job.arguments)
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

  /// The compiler's driver, which finds out what else is needed: on macOS the SDK.
  private func driverJob(_ plan: String, _ output: String, _ options: [String]) -> CompilerJob {
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
    return CompilerJob(program: toolchain.compiler, arguments: arguments + ["-o", output, plan])
  }
}

/// A program of the toolchain and its arguments.
struct CompilerJob {
  var program: String
  var arguments: [String]
}
