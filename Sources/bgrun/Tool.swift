import CBgrun
import DeployDSL
import DeployRunner

/// The tool: a command line in, an exit status out.
enum Tool {
  /// Carries out a command line.
  @MainActor
  static func main(_ arguments: [String]) async -> Int32 {
    bg_signals_ignore_pipe()
    Output.prepare()
    do {
      let options = try OptionParser.parse(arguments)
      return await run(options)
    } catch {
      Output(color: .auto).complain(error.text.addingHelpHint)
      return error.code.rawValue
    }
  }

  @MainActor
  private static func run(_ options: Options) async -> Int32 {
    let isForMachines = options.format.map { $0 != .human && $0 != .text } ?? false
    var output = Output(color: options.color, plan: options.words.first)
    if isForMachines { output.separate() }
    do {
      return try await command(for: options).run(options, output)
    } catch let error as PlanError {
      output.complain(DiagnosticText(isColored: output.problemsAreColored).text(of: error))
      return ExitCode.usage.rawValue
    } catch let error as ToolError {
      output.complain(error.text)
      return error.code.rawValue
    } catch let failure as DeployError {
      output.complain("bgrun: \(failure)\n")
      return ExitCode.environment.rawValue
    } catch {
      output.complain("bgrun: \(error)\n")
      return ExitCode.failed.rawValue
    }
  }

  private static func command(for options: Options) -> any ToolCommand {
    if options.wantsVersion { return VersionCommand() }
    if options.wantsHelp { return HelpCommand() }
    return switch options.command {
    case .run: RunCommand()
    case .check: CheckCommand()
    case .graph: GraphCommand()
    case .rehearse: RehearseCommand()
    case .list: ListCommand()
    case .initialize: InitCommand()
    case .edit: EditCommand()
    case .status: StatusCommand()
    case .history: HistoryCommand()
    case .rollback: RollbackCommand()
    case .resume: ResumeCommand()
    case .resolve: ResolveCommand()
    case .lock: LockCommand()
    case .unlock: UnlockCommand()
    case .help: HelpCommand()
    }
  }
}

extension String {
  /// The line with a pointer to the help.
  fileprivate var addingHelpHint: String { dropLast() + " (see bgrun --help)\n" }
}
