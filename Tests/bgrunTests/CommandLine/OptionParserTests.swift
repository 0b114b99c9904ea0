import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

@testable import bgrun

@Suite("The command line")
struct OptionParserTests {
  private func parse(_ line: String) throws -> Options {
    try OptionParser.parse(line.split(separator: " ").map(String.init))
  }

  @Test func `a plan alone is run on Docker`() throws {
    for line in ["p.swift", "run p.swift"] {
      let options = try parse(line)
      #expect(options.command is RunCommand)
      #expect(options.words == ["p.swift"])
      #expect(options.executor == .docker)
      #expect(options.detail == .normal)
    }
  }

  @Test(arguments: [
    "--executor mock --dry-run --set a=1 --project /srv p.swift",
    "p.swift --executor=mock --dry-run --set=a=1 --project=/srv",
    "--dry-run run p.swift --project /srv --executor mock --set a=1",
  ])
  func `options may stand before and after the plan, with '=' and without`(line: String) throws {
    let options = try parse(line)
    #expect(options.command is RunCommand)
    #expect(options.words == ["p.swift"])
    #expect(options.executor == .mock)
    #expect(options.isDryRun)
    #expect(options.settings == [Options.Setting(name: "a", value: "1")])
    #expect(options.project == "/srv")
  }

  @Test(arguments: ["", "--format json", "--color never", "--project /srv", "--on web", "--watch"])
  func `without a command and a plan nothing is deployed, whatever options there are`(
    line: String
  ) throws {
    let options = try parse(line)
    #expect(options.command is StatusCommand)
    #expect(!options.hasCommandWord)
  }

  @Test func `an option that the status lacks is an error that names the whole command`() throws {
    let missing = [
      ("-n", "--dry-run", "deploy --dry-run"),
      ("--color never -q", "--quiet", "deploy --color=never --quiet"),
      ("--set tag=2 --lock-wait 5m", "--lock-wait", "deploy --set=tag=2 --lock-wait=5m"),
      ("--follow", "--follow", "logs --follow"),
    ]
    for (line, option, command) in missing {
      let error = #expect(throws: ToolError.self) { try parse(line) }
      #expect(
        error?.text
          == "bgrun: without a command bgrun shows the status, which has no option \(option); "
          + "name the command: `bgrun \(command)`\n")
      #expect(error?.code == .usage)
    }
    #expect(try parse("-n --help").wantsHelp && parse("-q --version").wantsVersion)
  }

  @Test func `short flags may be joined, options with a value may not`() throws {
    let options = try parse("p.swift -nqy")
    #expect(options.isDryRun && options.isQuiet && options.approves)
    for word in ["-no", "-nz", "-nn-", "-on"] {
      let error = #expect(throws: ToolError.self) { try parse("p.swift \(word)") }
      #expect(error?.message == "unknown option '\(word)'")
    }
  }

  @Test func `--set may be repeated, the later value counts, and values may hold '='`() throws {
    let options = try parse("p.swift --set a=1 --set b=x=y --set a=2 --set c=")
    #expect(options.values == ["a": "2", "b": "x=y", "c": ""])
  }

  @Test func `what follows '--' is no option`() throws {
    #expect(try parse("--quiet -- --odd.swift").words == ["--odd.swift"])
  }

  @Test func `commands and their formats`() throws {
    #expect(try parse("check p.swift").command is CheckCommand)
    #expect(try parse("graph p.swift --format dot").format == .dot)
    #expect(try parse("help graph").words == ["graph"])
    #expect(try parse("graph --help").wantsHelp)
    #expect(try parse("-h").wantsHelp)
    #expect(try parse("-n -v p.swift").isDryRun && parse("-v p.swift").isVerbose)
    #expect(try parse("p.swift -q -y").isQuiet && parse("-y p.swift").approves)
    #expect(try parse("--version").wantsVersion)
    #expect(try parse("p.swift --active green").active == .green)
  }

  static let mistakes = [
    ("--dryrun p.swift", "unknown option '--dryrun'; did you mean '--dry-run'?"),
    ("--zzz p.swift", "unknown option '--zzz'"),
    ("-x p.swift", "unknown option '-x'"),
    ("p.swift --executor moc", "unknown value 'moc' of --executor; did you mean 'mock'?"),
    ("p.swift --executor k8s", "unknown value 'k8s' of --executor; known: docker, mock"),
    ("p.swift --active", "--active needs a value: --active blue|green"),
    ("p.swift --project --dry-run", "--project needs a value: --project DIR"),
    ("p.swift --project=", "--project needs a value: DIR"),
    ("p.swift --lock-wait soon", "--lock-wait soon is not a time; write 30s, 5m or 1h"),
    ("p.swift --dry-run=yes", "--dry-run takes no value"),
    ("p.swift --set version", "--set version has no value; write --set NAME=VALUE"),
    ("p.swift --quiet --verbose", "--quiet and --verbose contradict each other"),
    (
      "check --dry-run p.swift",
      "--dry-run is not an option of 'bgrun check'; see its options: `bgrun help check`"
    ),
    ("p.swift --format jsn", "unknown format 'jsn'; did you mean 'json'?"),
    ("graph --format xml", "unknown format 'xml'; known: text, mermaid, dot, json"),
    ("p.swift --format dot", "unknown format 'dot' of 'bgrun deploy'; known: human, json"),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named, with what was probably meant`(line: String, message: String) {
    let error = #expect(throws: ToolError.self) { try parse(line) }
    #expect(error?.text == "bgrun: \(message)\n")
    #expect(error?.code == .usage)
  }

  @Test func `help names each environment variable once`() {
    let lines = HelpTopic.environmentText.split(separator: "\n").filter { $0.hasPrefix("  BGRUN") }
    let names = lines.compactMap { $0.split(separator: " ").first }
    #expect(names.count > 3 && Set(names).count == names.count, "\(names)")
  }

  @Test(arguments: ToolCommands.names)
  func `help knows every option of a command, and no other`(name: String) throws {
    let command = try #require(ToolCommands.named(name))
    let help = command.help
    let its = Set(command.allOptions.map(\.name))
    for option in ToolCommands.all.flatMap(\.allOptions) {
      #expect(help.contains("  \(option.usage)") == its.contains(option.name), "\(option.name)")
    }
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 100 })
    #expect(help.contains("examples:\n  bgrun "))
  }
}
