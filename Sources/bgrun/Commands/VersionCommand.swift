import DeployRunner

/// `bgrun --version`
struct VersionCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    output.write("bgrun \(BgrunVersion.text)\n")
    return ExitCode.done.rawValue
  }
}
