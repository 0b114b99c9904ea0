import DeployDSL
import DeploySimulator
import Foundation
import Synchronization
import Testing

@testable import DeployRunner
@testable import bgrun

/// One after the other, like the sessions: each compiles plans.
@Suite("The schema of JSON output", .serialized) struct OutputSchemaTests {
  private let schema: JSONSchema

  init() throws { schema = try JSONSchema(OutputSchema.text) }

  /// A command line whose output has the schema of a command.
  struct Sample: CustomTestStringConvertible {
    var command: String
    var line: String
    /// How many lines it must print at least.
    var lines = 1

    var testDescription: String { line }
  }

  /// Every command that prints JSON has one at least; `st` is a folder with runs.
  static let samples = [
    Sample(command: "deploy", line: "deploy p.swift --state st --set count=2", lines: 8),
    Sample(command: "deploy", line: "deploy p.swift --state st", lines: 9),
    Sample(command: "deploy", line: "deploy bad.swift --state st --set count=2", lines: 10),
    Sample(command: "deploy", line: "deploy grafana.swift --executor mock", lines: 30),
    Sample(command: "deploy", line: "deploy grafana.swift --executor mock --verbose", lines: 60),
    Sample(command: "deploy", line: "deploy grafana.swift --executor mock --dry-run", lines: 20),
    Sample(command: "deploy", line: "deploy two.swift --executor mock", lines: 10),
    Sample(command: "rollback", line: "rollback grafana.swift --executor mock --dry-run"),
    Sample(command: "rollback", line: "rollback grafana.swift --executor mock --list", lines: 0),
    Sample(command: "status", line: "status grafana.swift --executor mock"),
    Sample(command: "history", line: "history p.swift --state st"),
    Sample(command: "logs", line: "logs grafana.swift --executor mock", lines: 0),
    Sample(command: "check", line: "check grafana.swift"),
    Sample(command: "check", line: "check broken.swift"),
    Sample(command: "doctor", line: "doctor grafana.swift --executor mock"),
    Sample(command: "graph", line: "graph grafana.swift"),
    Sample(command: "plan", line: "plan grafana.swift --executor mock"),
    Sample(command: "plan", line: "plan grafana.swift --executor mock -o g.plan"),
    Sample(command: "plan", line: "plan grafana.swift --executor mock --diff g.plan"),
    Sample(command: "apply", line: "apply g.plan --executor mock", lines: 30),
    Sample(command: "rehearse", line: "rehearse p.swift --invented"),
    Sample(command: "rehearse", line: "rehearse grafana.swift --invented --show 5:fails"),
    Sample(command: "deploy", line: "deploy grafana.swift --executor mock --state gs", lines: 30),
    Sample(command: "replay", line: "replay grafana.swift --state gs"),
    Sample(command: "replay", line: "replay grafana.swift --state gs --what-if reload:fails"),
    Sample(command: "prove", line: "prove grafana.swift --depth 1 --time 5s"),
    Sample(command: "rehearse", line: "rehearse hosts.swift --invented", lines: 40),
    Sample(command: "prove", line: "prove hosts.swift --invented --depth 1 --time 1s", lines: 2),
    Sample(command: "list", line: "list"),
    Sample(command: "init", line: "init --example made --dry-run"),
    Sample(command: "init", line: "init --example made"),
    Sample(command: "lock", line: "lock p.swift --state st --reason test"),
    Sample(command: "unlock", line: "unlock p.swift --state st"),
    Sample(command: "resolve", line: "resolve p.swift --state st"),
    Sample(command: "help", line: "help", lines: 20),
    Sample(command: "help", line: "help deploy"), Sample(command: "help", line: "help run"),
    Sample(command: "help", line: "deploy --help"),
    Sample(command: "help", line: "help exit-codes"), Sample(command: "help", line: "help p.swift"),
    Sample(command: "version-of-bgrun", line: "--version"),
    // They need a host, an interrupted run, or minutes: their lines are those of `run`, or their own
    // tests have samples.
    Sample(command: "resume", line: ""), Sample(command: "follow", line: ""),
    Sample(command: "build", line: ""),
  ]

  @Test func `each command that prints JSON has a definition of its name, and a sample`() {
    for command in ToolCommands.all where command.formats.contains(.json) {
      #expect(schema.names.contains(command.name), "Schema: add \(command.name) to $defs")
      #expect(
        Self.samples.contains { $0.command == command.name }, "add a sample of \(command.name)")
    }
  }

  @Test func `what commands print fits it`() async throws {
    let bench = try Workbench()
    try bench.write("grafana.swift", SamplePlan.grafana)
    try bench.write(
      "p.swift",
      """
      import DeployDSL
      let count = Parameter("count", default: 1)
      Deploy("p") {
        Run("echo", "\\(count)")
        Print("done").retry(1)
      }
      """)
    try bench.write("broken.swift", "import DeployDSL\nDeploy(\"x\") { NoSuchStep() }\n")
    try bench.write(
      "bad.swift",
      """
      import DeployDSL
      let count = Parameter("count", default: 1)
      Deploy("bad") {
        Run("touch", "made").undo { Run("rm", "made") }
        Run("false").retry(1, backoff: .constant(0))
      }
      """)
    try bench.write(
      "two.swift",
      """
      import DeployDSL
      inParallel(limit: 1) {
        Deploy("one") { Print("a") }
        Deploy("two") { Print("b") }
      }
      """)
    try bench.write(
      "hosts.swift",
      SamplePlan.grafana.replacing(#""/api/health""#, with: #""/api/health", hosts: ["a", "b"]"#))
    for sample in Self.samples where !sample.line.isEmpty {
      let words = sample.line.split(separator: " ").map(String.init) + ["--format", "json"]
      let ending = try await bench.run([try Workbench.tool().path] + words)
      let values = try Self.values(ending.output)
      #expect(values.count >= sample.lines, "\(sample.line): \(ending)")
      for value in values {
        let violations = schema.violations(of: value, as: sample.command)
        #expect(violations.isEmpty, "\(sample.line): \(violations)\n\(value)")
      }
    }
  }

  /// One document, or one in each line.
  private static func values(_ text: String) throws -> [JSONValue] {
    if let one = try? JSONValue(text) { return [one] }
    return try text.split(separator: "\n").map { try JSONValue($0) }
  }

  @Test func `events of failing, interrupted and rolled back runs fit it`() async throws {
    let late = Deploy("x") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Watch(for: 4)
      Run("false")
    }
    let runs = [
      try await late.rehearse(), try await late.rehearse(interruptedAt: "docker compose up"),
    ]
    for run in runs {
      let text = Mutex("")
      var reporter = JSONReporter(to: ReportSink { part, _ in text.withLock { $0 += part } })
      for event in run.events { reporter.report(event) }
      reporter.interrupt(signal: 2)
      for value in try Self.values(text.withLock { $0 }) {
        let violations = schema.violations(of: value, as: "run")
        #expect(violations.isEmpty, "\(violations)\n\(value)")
      }
    }
  }

  @Test func `the deadline of an undo, which belongs to no step, fits it`() throws {
    let line = #"{"application":"x","date":"d","deadline":9,"event":"deadline","time":1}"#
    #expect(schema.violations(of: try JSONValue(line), as: "deploy").isEmpty)
  }

  @Test func `the validator finds what does not fit`() throws {
    func violations(_ text: String, _ name: String) throws -> [String] {
      schema.violations(of: try JSONValue(text), as: name)
    }
    #expect(try violations(#"{"application":"x","locked":true}"#, "lock").isEmpty)
    #expect(
      try violations(#"{"application":"x","locked":1}"#, "lock") == ["/locked: is no boolean"])
    #expect(try violations(#"{"locked":true}"#, "lock") == [": lacks application"])
    #expect(
      try violations(#"{"application":"x","locked":true,"new":1}"#, "lock")
        == ["/new is not in the schema"])
    #expect(try violations(#"{"event":"new"}"#, "run") != [])
  }
}
