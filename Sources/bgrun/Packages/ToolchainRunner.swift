import DeployRunner

/// Starts the toolchain's programs for what plans need, and says so where `--verbose` asks.
struct ToolchainRunner {
  let toolchain: Toolchain
  let installation: Installation
  let output: Output
  let options: Options

  /// Runs the compiler.
  func compile(_ arguments: [String]) throws(ToolError) -> CommandResult {
    try run(toolchain.compiler, arguments)
  }

  /// Runs SwiftPM: `build`, `package`.
  func swift(_ arguments: [String]) throws(ToolError) -> CommandResult {
    try run(toolchain.swift, arguments)
  }

  private func run(_ program: String, _ arguments: [String]) throws(ToolError) -> CommandResult {
    tell("running \(([program] + arguments).joined(separator: " "))")
    return try Subprocess.run(program, arguments)
  }

  /// Says something that takes a while, unless `--quiet` asks for silence.
  func announce(_ text: String) {
    if !options.isQuiet { output.complain("bgrun: \(text)\n") }
  }

  func tell(_ text: String) {
    if options.isVerbose { output.complain("bgrun: \(text)\n") }
  }
}
