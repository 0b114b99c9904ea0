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
  var extras = PlanExtras()

  /// The arguments that do not depend on the plan.
  var flags: [String] {
    var flags = [
      "-swift-version", "6", "-module-name", "Plan", "-gline-tables-only",
      "-Xclang-linker", "-shared", "-Xclang-linker", "-Wno-unused-command-line-argument",
      "-I", installation.modules,
      "-Xfrontend", "-entry-point-function-name", "-Xfrontend", Self.entryPoint,
    ]
    #if os(macOS)
      flags += ["-Xlinker", "-undefined", "-Xlinker", "dynamic_lookup"]
    #else
      flags += ["-use-ld=lld"]
    #endif
    return flags
  }

  /// Compiles a plan into a file.
  ///
  /// - Throws: the compiler's own words, with hints, if it refuses.
  /// - Returns: warnings, as the compiler wrote them.
  func compile(
    _ plan: PlanFile, into output: String, isColored: Bool, scratch: String? = nil
  ) throws(ToolError) -> String {
    try extras.prepareForCompiling(plan, isColored: isColored)
    var arguments = flags + extras.flags + (isColored ? ["-color-diagnostics"] : [])
    if let scratch { arguments += ["-module-cache-path", "\(scratch)/modules"] }
    arguments += ["-o", output, plan.path]
    let ending = try Subprocess.run(toolchain.compiler, arguments)
    let text = CompilerText(plan.naming(ending.text), modules: extras.modules)
    guard ending.status == 0 else { throw text.refusal(of: plan.typed, status: ending.status) }
    return text.withHints
  }
}
