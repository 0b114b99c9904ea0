/// `bgrun --version`
struct VersionCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    output.write("bgrun \(Tool.version)\n")
    return ExitCode.done.rawValue
  }
}
