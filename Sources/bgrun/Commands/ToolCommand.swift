/// One command of the tool.
protocol ToolCommand {
  /// Carries it out; the status to exit with.
  @MainActor
  func run(_ options: Options, _ output: Output) async throws -> Int32
}
