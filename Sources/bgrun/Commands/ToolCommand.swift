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
  /// The formats that its results can have; the first is the default. Without a choice of its own: text
  /// for people and JSON, if it takes `--format`.
  var formats: [Options.Format] { get }
  /// Command lines that show what it is for.
  var examples: [String] { get }
  /// Whether it begins a new run, or finds out what one would do.
  var startsRun: Bool { get }
  /// Whether it works on a plan's source, which a program of `bgrun build` does not have.
  var isForSources: Bool { get }

  /// The options with what the user's files say that the command takes besides a plan.
  ///
  /// - Throws: ``ToolError`` if such a file cannot be read.
  func reading(_ options: Options) throws(ToolError) -> Options

  /// Runs it and returns the exit status.
  @MainActor
  func run(_ options: Options, _ output: Output) async throws -> Int32

  /// Does what is about all plans or hosts together, after each of them, and returns the exit status.
  @MainActor
  func runTogether(_ file: LoadedFile, _ options: Options, _ output: Output) async throws -> Int32
}

extension ToolCommand {
  var alias: String? { nil }
  var arguments: String { "[PLAN.swift]" }
  var options: [CommandOption] { [] }
  var formats: [Options.Format] {
    options.contains { $0.name == CommandOption.format.name } ? [.human, .json] : []
  }
  var examples: [String] { [] }
  var startsRun: Bool { false }
  var isForSources: Bool { false }

  func reading(_ options: Options) -> Options { options }

  func runTogether(_ file: LoadedFile, _ options: Options, _ output: Output) -> Int32 {
    ExitCode.done.rawValue
  }

  /// Whether its first argument is a plan.
  var takesPlan: Bool { arguments.hasPrefix("[PLAN") }

  /// Whether its last argument can be a run.
  var takesRun: Bool { arguments.hasSuffix("[RUN]") }

  /// Its own options and those that all commands have.
  var allOptions: [CommandOption] { options + [.color, .help, .version] }

  var help: String {
    """
    \(summary)

    usage: \(EmbeddedPlan.program) \(name) \(usedArguments)[options]
    \(examplesHelp)
    options:
    \(allOptions.map(\.line).joined(separator: "\n"))

    """
  }

  private var examplesHelp: String {
    guard !examples.isEmpty else { return "" }
    return "\nexamples:\n" + examples.map { "  \(typed($0))\n" }.joined()
  }

  /// An example as this program takes it: one that holds a plan takes no plan's file.
  private func typed(_ example: String) -> String {
    guard EmbeddedPlan.current != nil else { return example }
    let words = example.split(separator: " ").dropFirst().filter { !$0.hasSuffix(".swift") }
    return ([EmbeddedPlan.program[...]] + words).joined(separator: " ")
  }

  /// The arguments with a space behind them; none for a plan that the program holds.
  var usedArguments: String {
    let rest =
      EmbeddedPlan.current == nil ? arguments[...] : arguments.trimmingPrefix("[PLAN.swift]")
    let words = rest.split(separator: " ")
    return words.map { "\($0) " }.joined()
  }
}

/// The commands, in the order of the help.
enum ToolCommands {
  /// Commands that belong together.
  struct Group: Sendable {
    let title: String
    let commands: [any ToolCommand]

    /// Leaves out what a program of `bgrun build` cannot do. A user's machine may ask for `init`.
    init(_ title: String, _ commands: [any ToolCommand]) {
      self.title = title
      self.commands = commands.filter { command in
        EmbeddedPlan.current == nil || !command.isForSources
          || HostEnd.isRunning && command is InitCommand
      }
    }
  }

  static let groups = [
    Group(
      "deploy",
      [
        RunCommand(), ApplyCommand(), FollowCommand(), RollbackCommand(), ResumeCommand(),
        ResolveCommand(),
      ]),
    Group(
      "try",
      [
        CheckCommand(), GraphCommand(), PlanCommand(), RehearseCommand(), ProveCommand(),
        ReplayCommand(),
      ]),
    Group(
      "look", [StatusCommand(), LogsCommand(), HistoryCommand(), ReportCommand(), DoctorCommand()]),
    Group("write", [InitCommand(), EditCommand(), ListCommand(), BuildCommand()]),
    Group("lock", [LockCommand(), UnlockCommand()]),
    Group("shell", [HelpCommand(), CompletionsCommand()]),
  ].filter { !$0.commands.isEmpty }
  static let all = groups.flatMap(\.commands)
  static let names = all.map(\.name) + all.compactMap(\.alias)

  static func named(_ name: String) -> (any ToolCommand)? {
    all.first { $0.name == name || $0.alias == name }
  }
}
