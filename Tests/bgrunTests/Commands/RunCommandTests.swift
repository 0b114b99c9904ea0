import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun PLAN")
  struct Run {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("grafana.swift", SamplePlan.grafana)
    }

    @Test("deploys on the simulated host and says so")
    func mock() async throws {
      let ending = try await bench.bgrun("grafana.swift", "--executor", "mock")
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.errors.isEmpty)
      let lines = ending.output.split(separator: "\n")
      #expect(lines.first == "Deploying grafana on a simulated host")
      #expect(lines.last?.hasPrefix("✓ grafana: grafana-green serves now, 7 steps in ") == true)
      #expect(lines.last?.hasSuffix("(simulated host)") == true)
      #expect(!ending.output.contains("\u{1B}"))
    }

    @Test("a dry run prints commands and says that nothing was changed")
    func dryRun() async throws {
      let ending = try await bench.bgrun("--dry-run", "grafana.swift", "--executor=mock")
      #expect(ending.status == 0, "\(ending)")
      #expect(ending.output.contains("\n  $ docker compose up "))
      #expect(ending.output.contains("\n  ? docker "))
      #expect(
        ending.output.hasSuffix("dry run: nothing was changed ($ = would run, ? = queried now)\n"))
    }

    @Test("quiet prints one line, verbose every command")
    func detail() async throws {
      let quiet = try await bench.bgrun("grafana.swift", "--executor", "mock", "--quiet")
      #expect(quiet.output.split(separator: "\n").count == 1)
      let verbose = try await bench.bgrun("grafana.swift", "--executor", "mock", "--verbose")
      #expect(verbose.output.contains("\n  $ docker compose up "))
      #expect(verbose.output.contains("\n    | "))
    }

    @Test("json is one object a line, whatever the plan prints")
    func json() async throws {
      let plan = "import DeployDSL\nprint(\"from the plan\")\n" + SamplePlan.grafana
      try bench.write("talks.swift", plan)
      let ending = try await bench.bgrun("talks.swift", "--executor", "mock", "--format", "json")
      #expect(ending.status == 0, "\(ending)")
      let lines = ending.output.split(separator: "\n")
      for line in lines {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        #expect(object?["event"] is String)
        #expect(object?["time"] is Double)
      }
      #expect(lines.last?.contains(#""exitCode":0"#) == true)
      #expect(ending.errors == "from the plan\n")
    }

    @Test("colour only where it is wanted")
    func color() async throws {
      let always = ["grafana.swift", "--executor", "mock", "--color", "always"]
      let tool = try Workbench.tool().path
      #expect(try await bench.run([tool] + always).output.contains("\u{1B}[32m✓"))
      let never = try await bench.bgrun("grafana.swift", "--executor", "mock", "--color", "never")
      #expect(!never.output.contains("\u{1B}"))
    }

    @Test("on a terminal there is colour, but not with NO_COLOR")
    func terminal() async throws {
      let tool = try Workbench.tool().path
      let line = "'\(tool)' grafana.swift --executor mock"
      for (environment, isColored) in [([:], true), (["NO_COLOR": "1"], false)] {
        let ending = try await bench.run(
          ["/usr/bin/script", "-qec", line, "/dev/null"],
          environment: environment.merging(["TERM": "xterm"]) { $1 })
        #expect(ending.status == 0, "\(ending)")
        #expect(ending.output.contains("\u{1B}[32m✓") == isColored, "\(ending)")
      }
    }

    @Test(
      "a reader that goes away does not end the deploy", arguments: ["| true", ">&-", ">/dev/full"])
    func closedOutput(redirection: String) async throws {
      let tool = try Workbench.tool().path
      let line = "'\(tool)' grafana.swift --executor mock \(redirection); echo ${PIPESTATUS[0]} >&2"
      let ending = try await bench.run(["/bin/bash", "-c", line])
      #expect(ending.errors == "0\n", "\(ending)")
    }

    @Test("parameters: set, misspelled, wrong, missing")
    func parameters() async throws {
      try bench.write(
        "p.swift",
        """
        import DeployDSL

        let count = Parameter("count", default: 1)
        let name = Parameter(required: "name")
        Deploy("x") {
          for number in 0..<count.value { Print("\\(name) \\(number)") }
        }

        """)
      let set = try await bench.bgrun(
        "p.swift", "--executor", "mock", "--set", "count=2", "--set", "name=a b")
      #expect(set.status == 0, "\(set)")
      #expect(set.output.contains("a b 1"))
      let typo = try await bench.bgrun("check", "p.swift", "--set", "cuont=2", "--set", "name=x")
      #expect(typo.status == 2)
      #expect(
        typo.errors == "bgrun: unknown parameter 'cuont' of p.swift; did you mean 'count'?\n")
      let wrong = try await bench.bgrun("check", "p.swift", "--set", "count=two")
      #expect(wrong.status == 2)
      #expect(wrong.errors.hasPrefix("p.swift:3:22: error: --set count=two is not a valid Int\n"))
      // Only a run needs a value.
      #expect(!wrong.errors.contains("is not set"))
      let missing = try await bench.bgrun("p.swift", "--executor", "mock")
      #expect(missing.status == 2)
      #expect(
        missing.errors.hasPrefix("p.swift:4:21: error: the parameter \"name\" is not set\n"))
      let none = try await bench.bgrun("check", "grafana.swift", "--set", "a=b")
      #expect(
        none.errors
          == "bgrun: grafana.swift has no parameter 'a'; declare it: "
          + "let a = Parameter(\"a\", default: …)\n")
    }
  }
}
