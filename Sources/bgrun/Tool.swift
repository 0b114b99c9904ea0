import CBgrun
import DeployDSL

/// The tool: a command line in, an exit status out.
enum Tool {
  /// Runs a command line.
  @MainActor
  static func main(_ arguments: [String]) async -> Int32 {
    bg_signals_ignore_pipe()
    Output.prepare()
    if arguments.first == HostEnd.word { return await HostEnd.main(arguments.dropFirst()) }
    do {
      let options = try OptionParser.parse(arguments)
      return await run(options)
    } catch {
      Output(color: .auto).complain(
        error.fix == nil ? error.text.adding(helpOf: arguments.first) : error.text)
      return error.code.rawValue
    }
  }

  /// Runs a parsed command line.
  @MainActor
  static func run(_ given: Options) async -> Int32 {
    let isForMachines = given.format.map { $0 != .human && $0 != .text } ?? false
    let options: Options
    do {
      options = try PlanChoice.made(by: given.readingHost(), Output(color: given.color))
    } catch {
      Output(color: given.color).complain(error.text)
      return error.code.rawValue
    }
    var output = Output(options)
    if isForMachines || options.out == "-" { output.separate() }
    do {
      let command: any ToolCommand =
        options.wantsVersion
        ? VersionCommand() : options.wantsHelp ? HelpCommand() : options.command
      let options = try options.choosingHosts(output)
      if let fleet = try Fleet(command, options, output) { return try await fleet.run() }
      if let session = try RemoteSession(command, options, output) {
        return try await session.run()
      }
      return try await command.run(options, output)
    } catch let error as PlanError {
      output.complain(DiagnosticText(isColored: output.problemsAreColored).text(of: error))
      GitHubActions(output)?.tell(error)
      return ExitCode.usage.rawValue
    } catch let error as ToolError {
      output.complain(error.text)
      GitHubActions(output)?.tell(error)
      return error.code.rawValue
    } catch let failure as DeployError {
      output.complain("bgrun: \(failure)\n")
      // As a run that fails so.
      return (failure.code == .plan ? ExitCode.usage : .environment).rawValue
    } catch {
      output.complain("bgrun: \(error)\n")
      return ExitCode.failed.rawValue
    }
  }
}

extension String {
  /// The line with a pointer to the help of the command that a command line begins with.
  fileprivate func adding(helpOf word: String?) -> String {
    let command = word.flatMap { ToolCommands.named($0) }.map { "help \($0.name)" } ?? "--help"
    return dropLast() + " (see `\(EmbeddedPlan.program) \(command)`)\n"
  }
}
