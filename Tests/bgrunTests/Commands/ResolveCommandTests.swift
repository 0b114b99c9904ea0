import Foundation
import Testing

extension ToolTests {
  @Suite("bgrun resolve")
  struct Resolve {
    let bench: Workbench

    /// A plan that fails, and whose undo fails as well.
    init() throws {
      bench = try Workbench()
      try bench.write("compose.yaml", "services: {}\n")
      try bench.write(
        "p.swift",
        """
        import DeployDSL
        Deploy("x") {
          Run("touch", "done").named("prepare").undo { Run("ls", "mended") }
          Run("ls", "nowhere").named("work")
        }

        """)
    }

    @Test("takes a person's word that a run which could not be rolled back is put right")
    func resolves() async throws {
      let failed = try await bench.bgrun("p.swift")
      #expect(failed.status == 4, "\(failed)")
      #expect(
        (failed.output + failed.errors).contains(
          "; after a manual fix run `bgrun resolve p.swift`"), "\(failed)")
      let refused = try await bench.bgrun("p.swift")
      #expect(refused.status == 5, "\(refused)")
      #expect(refused.errors.contains("(`bgrun resolve p.swift`)"), "\(refused)")

      let settled = try await bench.bgrun("resolve", "p.swift", "--reason", "removed done")
      #expect(settled.status == 0 && settled.errors.isEmpty, "\(settled)")
      #expect(
        settled.output.hasSuffix(
          """
           failed at step work and could not be rolled back; marked as resolved
          not rolled back: undo prepare
          check the active colour before the next deploy: `bgrun status p.swift`

          """), "\(settled)")
      let history = try await bench.bgrun("history", "p.swift")
      #expect(history.output.contains("resolved"), "\(history)")
      let run = try #require(settled.output.split(separator: " ").dropFirst().first)
      let record = try await bench.bgrun("history", "p.swift", String(run))
      #expect(record.output.contains(": removed done\n"), "\(record)")
      // It stands in nobody's way any more.
      #expect(try await bench.bgrun("p.swift").status == 4)
    }

    @Test("has nothing to say where no run is half done")
    func nothing() async throws {
      for isFirst in [true, false] {
        let ending = try await bench.bgrun("resolve", "p.swift")
        #expect(ending.status == 2)
        #expect(
          ending.errors == "bgrun: no run of x is interrupted; there is nothing to resolve\n",
          "\(ending)")
        // With a folder for runs there is still none.
        if isFirst { #expect(try await bench.bgrun("lock", "p.swift").status == 0) }
      }
    }

    @Test("waits for no deploy that is under way, and takes nothing from it")
    func held() async throws {
      #expect(try await bench.bgrun("p.swift").status == 4)
      let lock = bench.folder.appendingPathComponent(".bgrun/x").path
      let tool = try Workbench.tool().path
      let ending = try await bench.run(["/usr/bin/flock", lock, tool, "resolve", "p.swift"])
      #expect(ending.status == 5, "\(ending)")
      #expect(
        ending.errors.hasPrefix("bgrun: x is being deployed by another process"), "\(ending)"
      )
      let still = try await bench.bgrun("p.swift")
      #expect(
        still.status == 5 && still.errors.contains("could not be rolled back"), "\(still)")
    }
  }
}
