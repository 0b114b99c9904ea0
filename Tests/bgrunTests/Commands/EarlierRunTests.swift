import Foundation
import Testing

extension ToolTests {
  /// What commands know from the run before: what it left undone, and the values it had.
  @Suite("After an earlier run")
  struct EarlierRuns {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write(
        "p.swift",
        """
        import DeployDSL
        let version = Parameter(required: "version")
        let body = Parameter("body", default: "")
        Deploy("x", environment: ["TAG": version]) {
          DetectActive()
          Up(.target)
          Health(.target, .http(body: body.value), retries: 5, every: 1)
          SwapNginx()
          Reload()
          Print("version \\(version)")
          Stop(.previous)
        }

        """)
    }

    private func bgrun(_ words: String...) async throws -> Workbench.Ending {
      try await bench.run(
        [try Workbench.tool().path] + words + ["--executor", "mock", "--state", "st"])
    }

    @Test("an interrupted run: status and a dry run exit as a deploy would, with the commands")
    func interrupted() async throws {
      let failing = ["p.swift", "--set", "version=1", "--set", "body=no", "--no-rollback"]
      #expect(try await bgrun("status", "p.swift").status == 0)
      #expect(
        try await bgrun(failing[0], failing[1], failing[2], failing[3], failing[4], failing[5])
          .status == 1)
      let status = try await bgrun("status", "p.swift")
      #expect(status.status == 5, "\(status)")
      for command in ["resume p.swift", "resume p.swift --undo", "resolve p.swift"] {
        #expect(status.output.contains("`bgrun \(command)`"), "\(status)")
      }
      let json = try await bgrun("status", "p.swift", "--format", "json")
      #expect(json.output.contains(#""obstacle":{"exitCode":5,"#), "\(json)")
      let dry = try await bgrun("p.swift", "--set", "version=1", "--dry-run", "--quiet")
      let real = try await bgrun("p.swift", "--set", "version=1", "--quiet")
      #expect(real.status == 5 && dry.status == 5, "\(real)\n\(dry)")
      #expect(dry.errors.contains("failed at step Health and was not rolled back"), "\(dry)")
      // A resume has the values of its run, and takes no others.
      let other = try await bgrun("resume", "p.swift", "--set", "version=2")
      #expect(other.status == 5, "\(other)")
      #expect(
        other.errors.contains("began with version=1: version=2 makes it another plan"), "\(other)"
      )
      let resumed = try await bgrun("resume", "p.swift")
      #expect(resumed.errors.contains("without \"no\" in the body"), "\(resumed)")
    }

    @Test("a journal that cannot be read: status exits as a deploy would")
    func unreadable() async throws {
      #expect(try await bgrun("p.swift", "--set", "version=1").status == 0)
      let folder = bench.folder.appendingPathComponent("st/x/journal")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      let name = try #require(names.first { $0.hasSuffix(".jsonl") })
      let handle = try FileHandle(forWritingTo: folder.appendingPathComponent(name))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("nonsense\n".utf8))
      try handle.close()
      let status = try await bgrun("status", "p.swift")
      #expect(status.status == 6, "\(status)")
      #expect(status.output.contains("  blocked   no deploy can begin: "), "\(status)")
      #expect(status.output.contains("is damaged at line "), "\(status)")
      #expect(status.output.contains("`mv "), "\(status)")
      #expect(try await bgrun("p.swift", "--set", "version=1").status == 6)
    }

    @Test("only a run needs a parameter that must be set; the others take the last run's, or none")
    func required() async throws {
      for command in ["check", "graph", "rehearse"] {
        let ending = try await bench.bgrun(command, "p.swift")
        #expect(ending.status == 0, "\(command): \(ending)")
      }
      for command in ["status", "history", "lock", "unlock"] {
        let ending = try await bench.run(
          [try Workbench.tool().path, command, "p.swift", "--state", "st"]
            + (command == "status" ? ["--executor", "mock"] : []))
        #expect(ending.status == 0, "\(command): \(ending)")
      }
      let graph = try await bench.bgrun("graph", "p.swift", "--format", "json")
      #expect(graph.output.contains("version-is-not-set"), "\(graph)")
      let unset = try await bgrun("p.swift")
      #expect(unset.status == 2, "\(unset)")
      #expect(unset.errors.contains("the parameter \"version\" is not set"), "\(unset)")

      let run = try await bgrun("p.swift", "--set", "version=12.4")
      #expect(run.status == 0, "\(run)")
      let history = try await bench.bgrun("history", "p.swift", "--state", "st")
      let id = try #require(history.output.split(separator: " ").first.map(String.init))
      let record = try await bench.bgrun("history", "p.swift", id, "--state", "st")
      #expect(record.output.contains(" body= version=12.4\n"), "\(record)")
      // The simulated host is a new one: there is nothing to go back to, and nothing to set.
      let back = try await bgrun("rollback", "p.swift")
      #expect(back.status == 6, "\(back)")
      #expect(back.errors.contains("x-green has no container"), "\(back)")
    }
  }
}
