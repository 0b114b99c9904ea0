import Foundation
import Testing

@Suite("The command line")
struct CommandLineTests {
  @Test(
    "explains what it does not understand, and exits with 2",
    arguments: [
      (["plan.swift", "--dry-rn"], "did you mean '--dry-run'"),
      (["chek", "plan.swift"], "did you mean 'check'"),
      (["plan.swift", "--executor", "dokcer"], "did you mean 'docker'"),
      (["plan.swift", "--executor"], "--executor"),
      (["plan.swift", "--active", "red"], "--active"),
      (["plan.swift", "--set", "version"], "--set NAME=VALUE"),
      (["plan.swift", "--set", "version=1"], "has no parameter 'version'"),
      (["plan.swift", "--lock-wait", "soon"], "5m"),
      (["absent.swift"], "there is no file absent.swift"),
      (["check", "."], "folder"),
      (["check"], "plan"),
      (["graph", "plan.swift", "--format", "dto"], "did you mean 'dot'"),
    ])
  func refusals(arguments: [String], saying: String) async throws {
    try await Bgrun.with { tool in
      try tool.write(SamplePlan.whole)
      let ending = try await tool.run(Bgrun.path, arguments)
      #expect(ending.status == 2)
      #expect(ending.errors.contains(saying), "\(ending.errors)")
      #expect(ending.output == "")
    }
  }

  @Test("options may stand before the plan, and have their value attached")
  func order() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      let ending = try await tool.run("--executor=mock", "--quiet", plan)
      #expect(ending.status == 0)
      #expect(ending.output.split(separator: "\n").count == 1)
    }
  }

  @Test("help lists commands, options and exit codes; version is one line")
  func help() async throws {
    try await Bgrun.with { tool in
      let help = try await tool.run("--help")
      #expect(help.status == 0)
      for word in ["check", "graph", "resume", "--dry-run", "--project", "exit codes"] {
        #expect(help.output.contains(word))
      }
      #expect(try await tool.run("help", "graph").output.contains("--format"))
      let version = try await tool.run("--version")
      #expect(version.output.hasPrefix("bgrun "))
      #expect(version.output.split(separator: "\n").count == 1)
    }
  }

  @Test("a parameter is set, and a wrong value names its declaration")
  func parameters() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(
        SamplePlan.beginning(
          with: "let count = Parameter(\"count\", default: 3)",
          step: "  Print(\"count is \\(count)\")\n"))
      let set = try await tool.run(plan, "--executor", "mock", "--set", "count=7")
      #expect(set.output.contains("count is 7"))
      #expect(try await tool.run(plan, "--executor", "mock").output.contains("count is 3"))
      let wrong = try await tool.run(plan, "--executor", "mock", "--set", "count=many")
      #expect(wrong.status == 2)
      #expect(wrong.errors.contains("plan.swift:3:"))
      let unknown = try await tool.run(plan, "--executor", "mock", "--set", "cuont=1")
      #expect(unknown.errors.contains("did you mean 'count'"))
    }
  }

  @Test("colour is for terminals, unless it is asked for")
  func color() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      let plain = try await tool.run(plan, "--executor", "mock")
      #expect(!plain.output.contains("\u{1B}"))
      let colored = try await tool.run(plan, "--executor", "mock", "--color", "always")
      #expect(colored.output.contains("\u{1B}[32m"))
    }
  }

  @Test("json is one event a line, and the last one says how it ended")
  func json() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      let ending = try await tool.run(plan, "--executor", "mock", "--format", "json")
      let events = try ending.output.split(separator: "\n").map { line in
        try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      }
      let last = try #require(events.last)
      #expect(last["exitCode"] as? Int == 0)
      #expect((last["serving"] as? [String: Any])?["color"] as? String == "green")
      #expect(
        events.allSatisfy { $0["event"] is String && $0["time"] is Double || $0["time"] is Int })
    }
  }

  @Test("a dry run prints each command, and nothing has changed afterwards")
  func dryRun() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      let ending = try await tool.run(plan, "--executor", "mock", "--dry-run")
      #expect(ending.status == 0)
      for command in [
        "$ docker compose up --detach --no-deps grafana-green", "nginx -s reload",
        "$ docker stop -t 30 grafana-grafana-blue-1", "$ docker image prune --force",
      ] { #expect(ending.output.contains(command), "\(command) in \(ending.output)") }
    }
  }

  @Test("a run whose output nobody reads ends well")
  func closedOutput() async throws {
    try await Bgrun.with { tool in
      let plan = try tool.write(SamplePlan.whole)
      let script = "'\(Bgrun.path)' \(plan) --executor mock; echo status $? >&2"
      let ending = try await tool.run("/bin/sh", ["-c", "(\(script)) | true"])
      #expect(ending.errors.contains("status 0"), "\(ending.errors)")
    }
  }
}
