/// `bgrun --help`, `bgrun help COMMAND`, `bgrun COMMAND --help`
struct HelpCommand: ToolCommand {
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    output.write(try text(for: options))
    return ExitCode.done.rawValue
  }

  private func text(for options: Options) throws(ToolError) -> String {
    guard options.command == .help else {
      return options.command == .run ? HelpText.tool : HelpText.command(options.command)
    }
    guard let word = options.words.first else { return HelpText.tool }
    guard let command = CommandName(rawValue: word) else {
      let known = CommandName.allCases.map(\.rawValue)
      throw ToolError.unknown("command '\(word)'", word, among: known)
    }
    return HelpText.command(command)
  }
}
