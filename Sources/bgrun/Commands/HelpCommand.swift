import DeployDSL
import DeployRunner

/// `bgrun --help`, `bgrun help COMMAND`, `bgrun COMMAND --help`
struct HelpCommand: ToolCommand {
  let name = "help"
  let summary = "show help"
  let arguments = "[COMMAND]"

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    output.write(try text(for: options, output))
    return ExitCode.done.rawValue
  }

  @MainActor
  private func text(for options: Options, _ output: Output) throws(ToolError) -> String {
    guard options.command is HelpCommand else {
      return options.command is RunCommand ? Self.overview(output) : options.command.help
    }
    guard let word = options.words.first else { return Self.overview(output) }
    guard let command = ToolCommands.named(word) else {
      throw .unknown("command '\(word)'", word, among: ToolCommands.names)
    }
    return command.help
  }

  private static var commands: String {
    ToolCommands.all.map { command in
      "  " + "\(command.name) \(command.usedArguments)".padded(toWidth: 28) + command.summary
    }.joined(separator: "\n")
  }

  private static let exitCodes = """
    exit codes:
      0  deployed                               4  manual intervention required
      1  failed before the switch               5  locked, or an earlier run was interrupted
      2  usage, or an error in the plan         6  the environment is not usable
      3  failed after the switch, rolled back   7  deployed, clean-up incomplete
      130, 143  cancelled and rolled back
    """

  @MainActor
  private static func overview(_ output: Output) -> String {
    guard let embedded = EmbeddedPlan.current else { return overview }
    let parameters = PlanLoader(options: Options(), output: output).parameters(of: embedded)
      .map { parameter in
        "  " + parameter.name.padded(toWidth: 28)
          + (parameter.defaultText.map { "default: \($0)" } ?? "required to deploy") + "\n"
      }
    let program = EmbeddedPlan.program
    return """
      \(program) deploys \(embedded.applications.joined(separator: ", ")): the plan \(embedded.file.typed) \
      and bgrun \(BgrunVersion.text).

      usage: \(program) [COMMAND] [options]      without both: status

      The project is the nearest folder with a Compose file at or above this program, otherwise at or
      above the working folder; or the folder of --project.
      \(parameters.isEmpty ? "" : "\nparameters, set by --set NAME=VALUE:\n\(parameters.joined())")
      commands:
      \(commands)

      options of deploy:
      \(RunCommand().optionsHelp)

      \(exitCodes)

      '\(program) help COMMAND' shows the options of a command.

      """
  }

  private static var overview: String {
    """
    bgrun: blue-green deployment for Docker Compose hosts, from plans written in Swift.

    usage: bgrun PLAN.swift [options]          the same as: bgrun deploy PLAN.swift
           bgrun COMMAND [arguments] [options]

    Without PLAN.swift: $BGRUN_PLAN, else the only plan of the nearest folder Plans; bgrun alone shows
    its status. A command also takes the name of an application: bgrun status grafana. The commands
    status, history, rollback, resume --undo, resolve, lock and unlock also work if the plan does not
    compile or is gone.

    commands:
    \(commands)

    options of run:
    \(RunCommand().optionsHelp)

    steps from other files and packages, in a plan:
      import PlanSteps           the files of Steps/ beside the plan
      import Acme                a library of Package.swift beside the plan
      import Acme  // package(path: "../acme")
      import Acme  // package(url: "https://…", from: "1.0.0"); or exact, branch, revision

    \(exitCodes)

    'bgrun help COMMAND' shows the options of a command.

    """
  }
}

/// `bgrun --version`
struct VersionCommand: ToolCommand {
  let name = "version"
  let summary = "show the version"

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    output.write("bgrun \(BgrunVersion.text)\n")
    return ExitCode.done.rawValue
  }
}
