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

  @Test("a plan alone is run on Docker")
  func planAlone() throws {
    for line in ["p.swift", "run p.swift"] {
      let options = try parse(line)
      #expect(options.command is RunCommand)
      #expect(options.words == ["p.swift"])
      #expect(options.executor == .docker)
      #expect(options.detail == .normal)
    }
  }

  @Test(
    "options may stand before and after the plan, with '=' and without",
    arguments: [
      "--executor mock --dry-run --set a=1 --project /srv p.swift",
      "p.swift --executor=mock --dry-run --set=a=1 --project=/srv",
      "--dry-run run p.swift --project /srv --executor mock --set a=1",
    ])
  func placement(line: String) throws {
    let options = try parse(line)
    #expect(options.command is RunCommand)
    #expect(options.words == ["p.swift"])
    #expect(options.executor == .mock)
    #expect(options.isDryRun)
    #expect(options.settings == [Options.Setting(name: "a", value: "1")])
    #expect(options.project == "/srv")
  }

  @Test("short flags may be joined, options with a value may not")
  func joinedFlags() throws {
    let options = try parse("p.swift -nqy")
    #expect(options.isDryRun && options.isQuiet && options.approves)
    for word in ["-no", "-nz", "-nn-", "-on"] {
      let error = #expect(throws: ToolError.self) { try parse("p.swift \(word)") }
      #expect(error?.message == "unknown option '\(word)'")
    }
  }

  @Test("--set may be repeated, the later value counts, and values may hold '='")
  func settings() throws {
    let options = try parse("p.swift --set a=1 --set b=x=y --set a=2 --set c=")
    #expect(options.values == ["a": "2", "b": "x=y", "c": ""])
  }

  @Test("what follows '--' is no option")
  func endOfOptions() throws {
    #expect(try parse("--quiet -- --odd.swift").words == ["--odd.swift"])
  }

  @Test("commands and their formats")
  func commands() throws {
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
    ("check --dry-run p.swift", "--dry-run is not an option of 'bgrun check'"),
    ("p.swift --format jsn", "unknown format 'jsn'; did you mean 'json'?"),
    ("p.swift --format dot", "unknown format 'dot' of 'bgrun run'; known: human, json"),
  ]

  @Test("a mistake is named, with what was probably meant", arguments: mistakes)
  func mistake(line: String, message: String) {
    let error = #expect(throws: ToolError.self) { try parse(line) }
    #expect(error?.text == "bgrun: \(message)\n")
    #expect(error?.code == .usage)
  }

  @Test("help knows every option of a command, and no other", arguments: ToolCommands.names)
  func help(name: String) throws {
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
