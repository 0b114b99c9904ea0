import DeployRunner

/// The manual page, from the descriptions that help shows: `bgrun help man`.
enum ManPage {
  static var text: String {
    var page = """
      .TH BGRUN 1 "" "bgrun \(escaped(BgrunVersion.text))" "User Commands"
      .SH NAME
      bgrun \\- blue-green deployment for Docker Compose hosts, from plans written in Swift
      .SH SYNOPSIS
      .B bgrun
      .I PLAN.swift
      [options]
      .br
      .B bgrun
      .I COMMAND
      [arguments] [options]
      .SH DESCRIPTION
      Without a plan, a command takes $BGRUN_PLAN, else the only plan of the nearest folder Plans.
      The name of an application stands for its plan.

      """
    for group in ToolCommands.groups {
      page += ".SH COMMANDS: \(escaped(group.title.uppercased()))\n"
      for command in group.commands {
        page += ".SS \(escaped("bgrun \(command.name) \(command.arguments)"))\n"
        page +=
          escaped(command.summary.prefix(1).uppercased() + command.summary.dropFirst()) + ".\n"
        for option in command.options {
          page += ".TP\n.B \(escaped(option.usage))\n\(escaped(option.help))\n"
        }
        if !command.examples.isEmpty {
          page += ".PP\nExamples:\n.PP\n.nf\n"
          page += command.examples.map { escaped($0) + "\n" }.joined() + ".fi\n"
        }
      }
    }
    page += ".SH OPTIONS OF ALL COMMANDS\n"
    for option in [CommandOption.color, .help, .version] {
      page += ".TP\n.B \(escaped(option.usage))\n\(escaped(option.help))\n"
    }
    page += ".SH EXIT STATUS\n.nf\n\(body(of: .exitCodes)).fi\n"
    page += ".SH ENVIRONMENT\n.nf\n\(body(of: .environment)).fi\n"
    return page
  }

  /// A topic's text without its title.
  private static func body(of topic: HelpTopic) -> String {
    topic.text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().dropLast()
      .map { escaped(String($0)) + "\n" }.joined()
  }

  /// A dot at the start of a line and backslashes mean something to roff, and a plain hyphen may
  /// become a dash.
  private static func escaped(_ text: String) -> String {
    let text = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }
}
