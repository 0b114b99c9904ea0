import DeployDSL
import DeployRunner

/// An option of a command: its names, what it takes and what it does.
struct CommandOption: Sendable {
  let name: String
  var short: String?
  /// The placeholder of its value in the help; `nil` for a flag.
  var value: String?
  let help: String
  let apply: @Sendable (inout Options, String) throws(ToolError) -> Void

  /// As help shows it: `--executor docker|mock`.
  var usage: String {
    (short.map { "\($0), " } ?? "") + name + (value.map { " \($0)" } ?? "")
  }

  /// The values that it can have, if they are known.
  var choices: [String] = []

  /// Its line of the help.
  var line: String { Self.line(usage, help) }

  /// A line of the help: what to type, and what it does.
  static func line(_ usage: String, _ help: String) -> String {
    let lines = help.split(separator: " ").reduce(into: [""]) { lines, word in
      let last = lines[lines.count - 1]
      if last.count + 1 + word.count > 66 {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] += last.isEmpty ? word : " \(word)"
      }
    }
    return "  "
      + (usage.width > 27
        ? usage + "\n" + String(repeating: " ", count: 30) : usage.padded(toWidth: 28))
      + lines.joined(separator: "\n" + String(repeating: " ", count: 30))
  }
}

extension CommandOption {
  /// Select plans of a file and set their parameters.
  static let plan: [CommandOption] = [set, only]
  /// Find an application and its history.
  static let application = [project, on, onlyHost] + plan + [state]
  /// The options of all commands that run a plan.
  static let running =
    [executor] + application + [format, reason, lockWait, approve, noReceipt, quiet, verbose]

  static let executor = choice("--executor", "where to deploy: docker (default) or mock") {
    $0.executor = $1
  }
  static let dryRun = flag(
    "--dry-run", short: "-n", "print every command, change nothing", \.isDryRun)
  static let project = text(
    "--project", "DIR",
    "the Compose project's folder; default: the nearest one at or above the plan that holds a "
      + "Compose file"
  ) { $0.project = $1 }
  static let set = text(
    "--set", "NAME=VALUE", "set a parameter of the plan (repeatable)"
  ) { options, text throws(ToolError) in
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw ToolError("--set \(text) has no value", fix: "write --set NAME=VALUE")
    }
    options.settings.append(
      Options.Setting(
        name: String(text[..<sign]), value: String(text[text.index(after: sign)...])))
  }
  static let only = text("--only", "NAME", "only this application of the plan (repeatable)") {
    $0.only.append($1)
  }
  static let active = choice("--active", "the active colour, if it cannot be detected") {
    (options: inout Options, color: Color) in options.active = color
  }
  static let format = text(
    "--format", "FORMAT",
    "human (default) or json: for a run one event a line; for check and doctor also sarif; for "
      + "graph: text (default), mermaid, dot, json; for report: html (default), markdown, junit"
  ) { options, word throws(ToolError) in
    let formats = options.command.formats
    let known = (formats.isEmpty ? Options.Format.allCases : formats).map(\.rawValue)
    guard let format = Options.Format(rawValue: word) else {
      throw .unknown("format '\(word)'", word, among: known)
    }
    options.format = format
  }
  static let color = choice("--color", "whether to use colours (also NO_COLOR)") { $0.color = $1 }
  static let reason = text("--reason", "TEXT", "reason, shown in the lock and in history") {
    // Other users see it on their terminals: no control characters.
    $0.reason = $1.showable
  }
  static let lockWait = time(
    "--lock-wait",
    "wait for another deploy, for example 5m; not with --active; default: do not wait"
  ) { $0.lockWait = TimeSpan($1) }
  static let noRollback = flag(
    "--no-rollback", "keep a failed run as it is, for bgrun resume", \.rollsBack, to: false)
  static let approve = flag("--yes", short: "-y", "answer yes to all approval prompts", \.approves)
  static let noReceipt = flag(
    "--no-receipt", "send no requests to measure what users see", \.takesReceipt, to: false)
  static let undo = flag("--undo", "roll the run back instead of continuing it", \.isUndo)
  static let list = flag("--list", "list the versions that can be rolled back to", \.lists)
  static let to = text(
    "--to", "VERSION|RUN", "a version (12.3), a run's ID, or the start of an image's ID"
  ) { $0.run = $1 }
  static let state = text(
    "--state", "DIR", "the folder of lock and history; default: PROJECT/.bgrun"
  ) { $0.stateFolder = $1 }
  static let strict = flag("--strict", "exit with 1 for warnings, too", \.isStrict)
  static let noProject = flag(
    "--no-project", "check only the plan, not its Compose project", \.skipsProject)
  static let invented = flag(
    "--invented", "simulate an invented host instead of a copy of this one", \.invents)
  static let show = text(
    "--show", "STEP:FAULT", "the time line of a cell of the table, for example 5:hangs"
  ) { $0.cell = $1 }
  static let whatIf = text(
    "--what-if", "STEP:FAULT",
    "play this fault instead of what happened from a step on: 'reload hangs'"
  ) { $0.cell = $1 }
  static let asTest = flag("--as-test", "print the run as a Swift test", \.isForTest)
  static let depth = number(
    "--depth", "the most faults of a scenario; default: 2, all pairs", upTo: 9
  ) { $0.depth = $1 }
  static let time = time(
    "--time", "how long to search, for example 10m; default: 60s"
  ) { $0.time = $1 }
  static let seed = number(
    "--seed", "chooses which scenarios come first; default: 1", upTo: 1_000_000_000
  ) { $0.seed = UInt64($1) }
  static let requireProof = flag(
    "--require-proof", "run only with a certificate of `bgrun prove` for this plan and this host",
    \.requiresProof)
  static let fix = flag(
    "--fix", "repair what cannot interrupt traffic, after showing it and asking", \.repairs)
  static let out = text(
    "--output", short: "-o", "FILE",
    "where to write it; default for build: the plan's name; for a page of report: application and "
      + "run; for its other formats: standard output; for plan: nowhere"
  ) { options, file throws(ToolError) in
    guard !file.hasSuffix(".swift") else {
      throw ToolError("--output \(file) would replace a source file", fix: "name another file")
    }
    options.out = file
  }
  static let diff = text(
    "--diff", "FILE", "show only what has changed since `plan` wrote the file"
  ) { $0.compared = $1 }
  static let dynamic = flag(
    "--dynamic", "load C libraries where it runs, for a plan that needs one without a static form",
    \.isDynamic)
  static let watch = flag(
    "--watch", short: "-w", "redraw it every 2 seconds, until Ctrl-C", \.watches)
  static let follow = flag(
    "--follow", short: "-f", "wait for what the containers print next, until Ctrl-C", \.follows)
  static let lines = number(
    "--lines", "the last lines of each container; default: 100", upTo: 100_000
  ) { $0.lines = $1 }
  static let update = flag(
    "--update", "update the plan's packages to the newest that fit", \.updatesPackages)
  static let on = text(
    "--on", "[USER@]HOST[:DIR]",
    "on another host, over SSH (repeatable); DIR is the project's folder there, default: the same "
      + "path as here (also: BGRUN_ON)"
  ) { options, text in
    let host = RemotePlace.withoutLastSlash(text)
    if !options.hosts.contains(host) { options.hosts.append(host) }
  }
  static let onlyHost = text(
    "--only-host", "HOST", "only this host of the plan or of --on (repeatable)"
  ) { $0.onlyHosts.append($1) }
  static let sync = flag(
    "--sync", "with --on: send the plan's Compose files and site sources to the host first",
    \.sendsFiles)
  static let cancel = flag(
    "--cancel", "cancel the run, and follow it until it is rolled back", \.cancels)
  static let quiet = flag("--quiet", short: "-q", "only errors and the last line", \.isQuiet)
  static let verbose = flag("--verbose", short: "-v", "every command and its output", \.isVerbose)
  static let help = flag("--help", short: "-h", "show help", \.wantsHelp)
  static let version = flag("--version", "show the version", \.wantsVersion)

  /// The answers to what `bgrun init` cannot know.
  static let answers: [CommandOption] = [
    text("--compose", "FILE", "a Compose file; repeat it in Compose's order") {
      $0.composeFiles.append($1)
    },
    text("--application", "NAME", "only this application; in a new plan, its name (repeatable)") {
      $0.applications.append($1)
    },
    text("--blue", "SERVICE", "the service that is blue; the one that runs now") { $0.blue = $1 },
    text("--green", "SERVICE", "the service that is green") { $0.green = $1 },
    text("--workers", "SERVICE", "a service that gets a second colour, too (repeatable)") {
      $0.workers.append($1)
    },
    text("--proxy", "NAME", "nginx: a service, a container of another project, or host") {
      $0.proxy = $1
    },
    text("--site", "FILE", "the file that decides where requests go") { $0.site = $1 },
    text("--health", "PATH", "the path of the health check") { $0.health = $1 },
    choice("--volumes", "whether both colours write to the same volumes") {
      (options: inout Options, volumes: SecondColor.Volumes) in options.volumes = volumes
    },
    flag("--example", "write a whole working project into an empty folder", \.wantsExample),
    text("--image", "IMAGE", "the image of the example's application and proxy") { $0.image = $1 },
    flag("--dry-run", short: "-n", "show what would be written", \.isDryRun),
    flag("--yes", short: "-y", "write without asking", \.approves),
  ]

  private static func flag(
    _ name: String, short: String? = nil, _ help: String,
    _ setting: any WritableKeyPath<Options, Bool> & Sendable, to value: Bool = true
  ) -> CommandOption {
    CommandOption(name: name, short: short, help: help) { options, _ in
      options[keyPath: setting] = value
    }
  }

  private static func text(
    _ name: String, short: String? = nil, _ value: String, _ help: String,
    _ apply: @escaping @Sendable (inout Options, String) throws(ToolError) -> Void
  ) -> CommandOption {
    CommandOption(name: name, short: short, value: value, help: help) {
      options, text throws(ToolError) in
      guard !text.isEmpty else { throw ToolError("\(name) needs a value: \(value)") }
      try apply(&options, text)
    }
  }

  private static func time(
    _ name: String, _ help: String, _ apply: @escaping @Sendable (inout Options, Duration) -> Void
  ) -> CommandOption {
    text(name, "TIME", help) { options, word throws(ToolError) in
      let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600]
      let unit = word.last.flatMap { units[$0] }
      guard let count = Int(unit == nil ? word[...] : word.dropLast()),
        (0...1_000_000).contains(count)
      else { throw ToolError("\(name) \(word) is not a time", fix: "write 30s, 5m or 1h") }
      apply(&options, .seconds(count * (unit ?? 1)))
    }
  }

  private static func number(
    _ name: String, _ help: String, upTo most: Int,
    _ apply: @escaping @Sendable (inout Options, Int) -> Void
  ) -> CommandOption {
    text(name, "NUMBER", help) { options, word throws(ToolError) in
      guard let count = Int(word), (1...most).contains(count) else {
        throw ToolError("\(name) \(word) is not a number from 1 to \(most)")
      }
      apply(&options, count)
    }
  }

  private static func choice<Value>(
    _ name: String, _ help: String, _ apply: @escaping @Sendable (inout Options, Value) -> Void
  ) -> CommandOption where Value: RawRepresentable<String> & CaseIterable & Sendable {
    let words = Value.allCases.map(\.rawValue)
    var option = text(name, words.joined(separator: "|"), help) { options, word throws(ToolError) in
      guard let value = Value(rawValue: word) else {
        throw .unknown("value '\(word)' of \(name)", word, among: words)
      }
      apply(&options, value)
    }
    option.choices = words
    return option
  }
}
