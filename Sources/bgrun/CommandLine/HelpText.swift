import DeployRunner

/// What `--help` shows.
enum HelpText {
  /// The help of the tool.
  static var tool: String {
    let commands = CommandName.allCases.map { name in
      "  " + "\(name.rawValue) \(name.arguments)".padded(toWidth: 26) + name.summary
    }
    return """
      bgrun: blue-green deployment for Docker Compose hosts, from plans written in Swift.

      usage: bgrun PLAN.swift [options]          the same as: bgrun run PLAN.swift
             bgrun COMMAND [arguments] [options]

      commands:
      \(commands.joined(separator: "\n"))

      options of run:
      \(options(of: .run))

      steps from elsewhere, in a plan:
        import PlanSteps           the files of Steps/ beside the plan
        import Acme                a library of Package.swift beside the plan
        import Acme  // package(path: "../acme")
        import Acme  // package(url: "https://…", from: "1.0.0"); or exact, branch, revision

      exit codes:
        0  done                                   4  manual intervention required
        1  failed before the switch               6  the environment is not usable
        2  usage, or the plan is wrong            7  deployed, clean-up incomplete
        3  failed after the switch, rolled back   130, 143  cancelled, after rolling back
        5  locked, or an earlier run was interrupted

      'bgrun help COMMAND' shows the options of a command.

      """
  }

  /// The help of a command.
  static func command(_ name: CommandName) -> String {
    """
    \(name.summary)

    usage: bgrun \(name.rawValue) \(name.arguments) [options]

    options:
    \(options(of: name))

    """
  }

  private static func options(of command: CommandName) -> String {
    OptionSpec.all.filter { $0.commands.contains(command) }.map { spec in
      let usage = "  " + spec.usage.padded(toWidth: 28)
      let lines = wrapped(spec.help, toWidth: 66)
      return usage + lines.joined(separator: "\n" + String(repeating: " ", count: 30))
    }.joined(separator: "\n")
  }

  private static func wrapped(_ text: String, toWidth limit: Int) -> [String] {
    text.split(separator: " ").reduce(into: [""]) { lines, word in
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= limit {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
  }
}

extension CommandName {
  /// What the command is given.
  var arguments: String {
    switch self {
    case .help: "[COMMAND]"
    case .history: "PLAN.swift [RUN]"
    case .list, .initialize: "[FOLDER]"
    default: "PLAN.swift"
    }
  }

  /// What the command does.
  var summary: String {
    switch self {
    case .run: "deploy as a plan says"
    case .check: "compile and check a plan, run nothing"
    case .graph: "show a plan's steps and what waits for what"
    case .rehearse: "deploy on a simulated host, with one trouble after the other"
    case .list: "the plans of a folder; default: Plans, or this one"
    case .initialize: "write a first plan, and what editors need"
    case .edit: "set editors up for a plan, open it in $VISUAL or $EDITOR"
    case .status: "which colour serves, how both are, who deploys"
    case .history: "the last runs, or every step of one"
    case .rollback: "bring the version back that served before"
    case .resume: "go on with a run that is half done, or take it back (--undo)"
    case .resolve: "say that a run that is half done was put right by hand"
    case .lock: "forbid deploys of the application"
    case .unlock: "allow deploys again"
    case .help: "show help"
    }
  }
}
