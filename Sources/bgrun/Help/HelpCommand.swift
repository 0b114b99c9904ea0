import DeployDSL
import DeployRunner

/// `bgrun --help`, `bgrun help COMMAND|TOPIC|PLAN.swift`, `bgrun COMMAND --help`
struct HelpCommand: ToolCommand {
  let name = "help"
  let summary = "show help about a command, a topic or a plan's parameters"
  let arguments = "[COMMAND|TOPIC|PLAN.swift]"
  let options = [CommandOption.format]
  let examples = [
    "bgrun help rollback", "bgrun help exit-codes", "bgrun help man | man --local-file -",
  ]

  @MainActor
  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    if options.format == .json {
      try writeJSON(for: options, output)
    } else {
      output.write(try text(for: options, output))
    }
    return ExitCode.done.rawValue
  }

  // MARK: JSON

  /// Writes what the help is about: commands, a topic, or a plan.
  @MainActor
  private func writeJSON(for options: Options, _ output: Output) throws {
    let named = options.hasCommandWord ? options.command.name : nil
    let word = options.command is HelpCommand ? options.words.first : named
    let command = word.flatMap(ToolCommands.named)
    guard let word, command == nil else {
      for group in ToolCommands.groups {
        for its in group.commands where command == nil || its.name == command?.name {
          try output.write(json: Description(its, in: group.title))
        }
      }
      return
    }
    switch HelpTopic(rawValue: word) {
    // It is JSON.
    case .schema: output.write(HelpTopic.schema.text)
    case .some(let topic): try output.write(json: Topic(topic: word, text: topic.text))
    case nil: try output.write(json: PlanDescription(try plan(word, options, output)))
    }
  }

  /// A topic, for programs.
  private struct Topic: Encodable {
    var topic: String
    var text: String
  }

  /// A plan, for programs.
  private struct PlanDescription: Encodable {
    struct Parameter: Encodable {
      var name: String
      var help: String?
      /// `nil` if a deploy needs a value.
      var defaultValue: String?
      var choices: [String]?
    }

    var plan: String
    var applications: [String]
    var parameters: [Parameter]

    init(_ file: LoadedFile) {
      plan = file.file.typed
      applications = file.plans.map(\.graph.application.name)
      parameters = file.parameters.map { parameter in
        Parameter(
          name: parameter.name, help: parameter.help, defaultValue: parameter.defaultText,
          choices: parameter.allowed.isEmpty ? nil : parameter.allowed)
      }
    }
  }

  /// A command, for programs.
  private struct Description: Encodable {
    struct Option: Encodable {
      var name: String
      var short: String?
      var value: String?
      var help: String
      var choices: [String]?
    }

    var name: String
    var alias: String?
    var group: String
    var summary: String
    var arguments: String
    var options: [Option]
    var formats: [String]
    var examples: [String]

    init(_ command: any ToolCommand, in group: String) {
      (name, alias, self.group) = (command.name, command.alias, group)
      (summary, arguments) = (command.summary, command.arguments)
      options = command.allOptions.map { option in
        Option(
          name: option.name, short: option.short, value: option.value, help: option.help,
          choices: option.choices.isEmpty ? nil : option.choices)
      }
      (formats, examples) = (command.formats.map(\.rawValue), command.examples)
    }
  }

  /// The plan that a word names.
  @MainActor
  private func plan(_ word: String, _ options: Options, _ output: Output) throws -> LoadedFile {
    guard let options = PlanChoice.plan(of: options), EmbeddedPlan.current == nil else {
      throw ToolError.unknown(
        "command or topic '\(word)'", word,
        among: ToolCommands.names + HelpTopic.allCases.map(\.rawValue))
    }
    return try PlanLoader(options: options, output: output).loadAll()
  }

  // MARK: Text

  @MainActor
  private func text(for options: Options, _ output: Output) throws -> String {
    guard options.command is HelpCommand else {
      guard !options.hasCommandWord else { return options.command.help }
      // Without a word and an option there would be the status, if there were a plan.
      let hint = "There is no plan here yet: write one with `bgrun init`.\n"
      return Self.overview(output) + (options.given.isEmpty ? hint : "")
    }
    guard let word = options.words.first else { return Self.overview(output) }
    if let command = ToolCommands.named(word) { return command.help }
    if let topic = HelpTopic(rawValue: word) { return topic.text }
    let file = try plan(word, options, output)
    let names = file.plans.map(\.graph.application.name).joined(separator: ", ")
    let parameters = Self.text(of: file.parameters)
    return "\(file.file.typed) deploys \(names).\n\n"
      + (parameters.isEmpty ? "It has no parameters.\n" : parameters)
  }

  /// What `--set` can set; nothing without parameters.
  private static func text(of parameters: [PlanSession.Declaration]) -> String {
    guard !parameters.isEmpty else { return "" }
    let lines = parameters.map { parameter in
      let notes = [
        parameter.help,
        parameter.defaultText.map { $0.isEmpty ? "default: empty" : "default: \($0)" }
          ?? "required to deploy",
      ]
      let value = parameter.allowed.isEmpty ? "VALUE" : parameter.allowed.joined(separator: "|")
      return CommandOption.line(
        "--set \(parameter.name)=\(value)", notes.compactMap(\.self).joined(separator: "; "))
    }
    return "parameters:\n\(lines.joined(separator: "\n"))\n"
  }

  private static var commands: String {
    ToolCommands.groups.map { group in
      let lines = group.commands.map { command in
        "  " + "\(command.name) \(command.usedArguments)".padded(toWidth: 28) + command.summary
      }
      return "\(group.title):\n\(lines.joined(separator: "\n"))"
    }.joined(separator: "\n\n")
  }

  private static var topics: String { HelpTopic.allCases.map(\.rawValue).joined(separator: ", ") }

  @MainActor
  private static func overview(_ output: Output) -> String {
    guard let embedded = EmbeddedPlan.current else { return overview }
    let parameters = text(
      of: PlanLoader(options: Options(), output: output).parameters(of: embedded))
    let program = EmbeddedPlan.program
    return """
      \(program) deploys \(embedded.applicationsText): the plan \(embedded.file.typed) \
      and bgrun \(BgrunVersion.text).

      usage: \(program) [COMMAND] [options]      without a command: status

      The project is the nearest folder with a Compose file at or above this program, otherwise at or
      above the working folder; or the folder of --project.
      \(parameters.isEmpty ? "" : "\n\(parameters)")
      \(commands)

      '\(program) help COMMAND' shows the options of a command. Topics: \(topics).

      """
  }

  private static var overview: String {
    """
    bgrun: blue-green deployment for Docker Compose hosts, from plans written in Swift.

    usage: bgrun PLAN.swift [options]          the same as: bgrun deploy PLAN.swift
           bgrun COMMAND [arguments] [options]

    \(commands)

    Without PLAN.swift: $BGRUN_PLAN, else the only plan of the nearest folder Plans. The name of an
    application stands for its plan: bgrun status grafana. bgrun alone shows the status.

    examples:
      bgrun deploy --dry-run            show every command, change nothing
      bgrun deploy --set version=12.4   deploy, with a value for the plan's parameter
      bgrun rollback                    go back to the previous version

    'bgrun help COMMAND' shows the options of a command, 'bgrun help PLAN.swift' the parameters of a
    plan. Topics: \(topics).

    """
  }
}

/// `bgrun --version`
struct VersionCommand: ToolCommand {
  private struct Versions: Encodable {
    var bgrun: String
    var schema: Int
  }

  let name = "version"
  let summary = "show the version"

  func run(_ options: Options, _ output: Output) async throws -> Int32 {
    if options.format == .json {
      try output.write(json: Versions(bgrun: BgrunVersion.text, schema: OutputSchema.version))
    } else {
      output.write("bgrun \(BgrunVersion.text)\n")
    }
    return ExitCode.done.rawValue
  }
}
