import DeployDSL
import DeployRunner

/// One option: its names, what it takes, where it belongs and what it does.
struct OptionSpec: Sendable {
  enum Effect: Sendable {
    case flag(@Sendable (inout Options) -> Void)
    /// The value's placeholder is made when somebody asks for help.
    case value(
      @Sendable () -> String, @Sendable (inout Options, String) throws(ToolError) -> Void)
  }

  var name: String
  var short: String?
  var commands: [CommandName]
  var help: String
  var effect: Effect

  /// The option as help shows it: `--executor docker|mock`.
  var usage: String {
    let short = short.map { "\($0), " } ?? ""
    guard case .value(let placeholder, _) = effect else { return short + name }
    return "\(short)\(name) \(placeholder())"
  }
}

extension OptionSpec {
  /// All options.
  static let all: [OptionSpec] = [
    choice(
      "--executor", runs + [.status], "where to deploy: Docker (default), or a simulated host"
    ) {
      $0.executor = $1
    },
    flag("--dry-run", [.run, .rollback], "print every command, change nothing") {
      $0.isDryRun = true
    },
    text(
      "--project", "DIR", runs + looks + [.check],
      "the Compose project's folder; default: the nearest one at or above the plan that holds a "
        + "Compose file"
    ) { $0.project = $1 },
    OptionSpec(
      name: "--set", commands: runs + looks + [.check, .graph, .rehearse],
      help: "give a parameter of the plan a value; may be repeated",
      effect: .value({ "NAME=VALUE" }, addSetting)),
    text(
      "--only", "NAME", runs + looks + [.check, .graph, .rehearse],
      "of a plan's several Deploys this one; run, check, graph, rehearse, status and history take "
        + "several, and all of them without it"
    ) { $0.only.append($1) },
    choice("--active", [.run, .rollback], "the colour that serves, where it cannot be told") {
      (options: inout Options, color: Color) in options.active = color
    },
    OptionSpec(
      name: "--format", commands: runs + [.graph, .rehearse, .status, .list],
      help:
        "human (default) or json: for a run one event a line; for graph: text (default), mermaid, dot, json",
      effect: .value({ "FORMAT" }, setFormat)),
    choice("--color", CommandName.allCases, "whether to use colours (also NO_COLOR)") {
      $0.color = $1
    },
    text(
      "--reason", "TEXT", runs + [.resolve, .lock],
      "why, for the lock's next visitor and the history"
    ) {
      // Others see it on their terminals, which it must not steer.
      $0.reason = $1.showable
    },
    OptionSpec(
      name: "--lock-wait", commands: runs,
      help: "wait for another deploy, for example 5m; not with --active; default: not at all",
      effect: .value({ "TIME" }, setLockWait)),
    flag("--no-rollback", [.run, .rollback], "leave a failed run as it is; resume takes it up") {
      $0.rollsBack = false
    },
    flag("--yes", runs, "say yes to every question of an Approve step; else a terminal is asked") {
      $0.approves = true
    },
    flag("--undo", [.resume], "take the run back instead of going on") { $0.takesBack = true },
    text("--state", "DIR", runs + looks, "where lock and history are; default: PROJECT/.bgrun") {
      $0.stateFolder = $1
    },
    flag("--update", [.check], "take the newest versions of the plan's packages that fit") {
      $0.updatesPackages = true
    },
    flag("--quiet", runs + [.edit], "only problems and the last line") { $0.isQuiet = true },
    flag("--verbose", runs + [.check, .graph, .rehearse, .edit], "every command and its output") {
      $0.isVerbose = true
    },
    flag("--help", short: "-h", CommandName.allCases, "show help") { $0.wantsHelp = true },
    flag("--version", CommandName.allCases, "show the version") { $0.wantsVersion = true },
  ]

  private static let runs: [CommandName] = [.run, .rollback, .resume]
  private static let looks: [CommandName] = [.status, .history, .resolve, .lock, .unlock]

  private static func setLockWait(_ options: inout Options, _ word: String) throws(ToolError) {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
    let unit = word.last.flatMap { units[$0] }
    guard let count = Int(unit == nil ? word[...] : word.dropLast()),
      (0...1_000_000).contains(count)
    else { throw ToolError("--lock-wait \(word) is no time", fix: "write 30s, 5m or 1h") }
    options.lockWait = .seconds(count * (unit ?? 1))
  }

  private static func flag(
    _ name: String, short: String? = nil, _ commands: [CommandName], _ help: String,
    _ apply: @escaping @Sendable (inout Options) -> Void
  ) -> OptionSpec {
    OptionSpec(name: name, short: short, commands: commands, help: help, effect: .flag(apply))
  }

  private static func text(
    _ name: String, _ placeholder: String, _ commands: [CommandName], _ help: String,
    _ apply: @escaping @Sendable (inout Options, String) -> Void
  ) -> OptionSpec {
    OptionSpec(
      name: name, commands: commands, help: help,
      effect: .value({ placeholder }) { options, value throws(ToolError) in
        guard !value.isEmpty else { throw ToolError("\(name) needs a value: \(placeholder)") }
        apply(&options, value)
      })
  }

  private static func choice<Value>(
    _ name: String, _ commands: [CommandName], _ help: String,
    _ apply: @escaping @Sendable (inout Options, Value) -> Void
  ) -> OptionSpec where Value: RawRepresentable<String> & CaseIterable & Sendable {
    OptionSpec(
      name: name, commands: commands, help: help,
      effect: .value({ Value.allCases.map(\.rawValue).joined(separator: "|") }) {
        options, word throws(ToolError) in
        guard let value = Value(rawValue: word) else {
          let words = Value.allCases.map(\.rawValue)
          throw ToolError.unknown("value '\(word)' of \(name)", word, among: words)
        }
        apply(&options, value)
      })
  }

  private static func addSetting(_ options: inout Options, _ text: String) throws(ToolError) {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw ToolError("--set \(text) has no value", fix: "write --set NAME=VALUE")
    }
    options.settings.append(
      Options.Setting(
        name: String(text[..<sign]), value: String(text[text.index(after: sign)...])))
  }

  private static func setFormat(_ options: inout Options, _ word: String) throws(ToolError) {
    guard let format = Options.Format(rawValue: word) else {
      let words = Options.Format.allCases.map(\.rawValue)
      throw ToolError.unknown("format '\(word)'", word, among: words)
    }
    options.format = format
  }
}
