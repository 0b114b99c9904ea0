/// One command of the tool: its name, arguments and options, and what it does.
protocol ToolCommand: Sendable {
  var name: String { get }
  /// Another word for it.
  var alias: String? { get }
  /// What it does, in a line.
  var summary: String { get }
  var arguments: String { get }
  /// Its own options, in the order of the help.
  var options: [CommandOption] { get }
  /// The formats that its results can have; the first is the default.
  var formats: [Options.Format] { get }
  /// Whether it works on a plan's source, which a program of `bgrun build` does not have.
  var isForSources: Bool { get }

  /// Runs it and returns the exit status.
  @MainActor
  func run(_ options: Options, _ output: Output) async throws -> Int32
}

extension ToolCommand {
  var alias: String? { nil }
  var arguments: String { "[PLAN.swift]" }
  var options: [CommandOption] { [] }
  var formats: [Options.Format] { [] }
  var isForSources: Bool { false }

  /// Whether its first argument is a plan.
  var takesPlan: Bool { arguments.hasPrefix("[PLAN") }

  /// Its own options and those that all commands have.
  var allOptions: [CommandOption] { options + [.color, .help, .version] }

  var help: String {
    """
    \(summary)

    usage: \(EmbeddedPlan.program) \(name) \(usedArguments)[options]

    options:
    \(optionsHelp)

    """
  }

  /// The arguments with a space behind them; none for a plan that the program holds.
  var usedArguments: String {
    let rest =
      EmbeddedPlan.current == nil ? arguments[...] : arguments.trimmingPrefix("[PLAN.swift]")
    let words = rest.split(separator: " ")
    return words.map { "\($0) " }.joined()
  }

  var optionsHelp: String { allOptions.map(\.line).joined(separator: "\n") }
}

/// The commands, in the order of the help.
enum ToolCommands {
  static let all: [any ToolCommand] =
    ([
      RunCommand(), CheckCommand(), GraphCommand(), RehearseCommand(), BuildCommand(),
      ListCommand(),
      InitCommand(), EditCommand(), StatusCommand(), DoctorCommand(), HistoryCommand(),
      RollbackCommand(), ResumeCommand(), ResolveCommand(), LockCommand(), UnlockCommand(),
      HelpCommand(),
    ] as [any ToolCommand]).filter { EmbeddedPlan.current == nil || !$0.isForSources }
  static let names = all.map(\.name) + all.compactMap(\.alias)

  static func named(_ name: String) -> (any ToolCommand)? {
    all.first { $0.name == name || $0.alias == name }
  }
}
