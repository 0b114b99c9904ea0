import Foundation
import Testing

extension ToolTests {
  /// Runs of the history, played again.
  @Suite("Replays") struct Replays {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write(
        "p.swift",
        """
        import DeployDSL
        let version = Parameter("version", default: "1")
        Deploy("x") {
          DetectActive()
          Up(.target)
          Health()
          SwapNginx()
          Reload()
          Print("version \\(version)")
          Stop(.previous)
        }

        """)
    }

    private func deploy(_ words: String...) async throws {
      let ending = try await bench.run(
        [try Workbench.tool().path, "p.swift", "--executor", "mock", "--state", "st"] + words)
      try #require(ending.status == 0, "\(ending)")
    }

    @Test func `a run is played with the values that it had, unless others are given`()
      async throws
    {
      let changed = "the plan has changed since this run"
      try await deploy("--set", "version=2")
      try await deploy()
      let history = try await bench.bgrun("history", "p.swift", "--state", "st", "--format", "json")
      let runs = try history.output.split(separator: "\n").compactMap {
        try JSONValue(String($0))["run"]?.text
      }
      try #require(runs.count == 2, "\(history)")
      for run in runs {
        let ending = try await bench.bgrun("replay", "p.swift", run, "--state", "st")
        #expect(ending.status == 0 && !ending.errors.contains(changed), "\(ending)")
      }
      let other = try await bench.bgrun(
        "replay", "p.swift", "--state", "st", "--set", "version=3")
      #expect(other.errors.contains(changed), "\(other)")
    }

    @Test func `a test can play another fault, and is never JSON`() async throws {
      try await deploy()
      let test = try await bench.bgrun(
        "replay", "p.swift", "--state", "st", "--what-if", "reload fails", "--as-test")
      #expect(test.status == 0, "\(test)")
      #expect(test.output.contains(".init(.fails, at: \"docker exec "), "\(test)")
      #expect(test.output.contains("expectOutcome(.rolledBack, of: rehearsal)"), "\(test)")
      let json = try await bench.bgrun(
        "replay", "p.swift", "--state", "st", "--as-test", "--format", "json")
      #expect(json.status == 2 && json.output.isEmpty, "\(json)")
      #expect(
        json.errors.contains("--as-test and --format json contradict each other"), "\(json)")
    }

    @Test func `the beginning of several runs is a usage error`() async throws {
      try await deploy()
      try await deploy()
      for command in ["history", "report", "replay"] {
        let ending = try await bench.bgrun(command, "p.swift", "2", "--state", "st")
        #expect(ending.status == 2, "\(ending)")
        #expect(ending.errors.contains("2 names 2 runs of x; write more of the ID: "), "\(ending)")
      }
    }
  }
}
