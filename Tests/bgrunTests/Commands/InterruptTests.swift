import Foundation
import Testing

extension ToolTests {
  @Suite("Signals")
  struct Signals {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      // The step says that it runs, and then waits for the signal.
      try bench.write(
        "p.swift",
        """
        import DeployDSL
        Deploy("x") {
          Run("touch", "begun")
          Run("sleep", "60")
        }

        """)
      try bench.write("compose.yaml", "services: {}\n")
    }

    @Test("of several Deploys, those that have not begun are not started")
    func several() async throws {
      try bench.write(
        "q.swift",
        """
        import DeployDSL
        Deploy("x") {
          Run("touch", "begun")
          Run("sleep", "60")
        }
        Deploy("y") { Run("touch", "too-far") }

        """)
      let begun = bench.folder.appendingPathComponent("begun").path
      let tool = try Workbench.tool().path
      let ending = try await bench.run([tool, "q.swift"]) { process in
        Task.detached {
          while !FileManager.default.fileExists(atPath: begun) {
            try await Task.sleep(for: .milliseconds(20))
          }
          kill(process, SIGTERM)
        }
      }
      #expect(ending.status == 143, "\(ending)")
      #expect(
        ending.output.hasSuffix(
          """
          0 of 2 done, exit code 143
            ↩ x  ended and taken back, interrupted; the proxy was not touched
            - y  not started, interrupted

          """), "\(ending)")
    }

    @Test(
      "the first one ends the run, and the exit code says which",
      arguments: [SIGTERM, SIGINT, SIGHUP])
    func first(signal: Int32) async throws {
      let status = 128 + signal
      let begun = bench.folder.appendingPathComponent("begun").path
      let tool = try Workbench.tool().path
      let ending = try await bench.run([tool, "p.swift", "--executor", "docker"]) { process in
        Task.detached {
          while !FileManager.default.fileExists(atPath: begun) {
            try await Task.sleep(for: .milliseconds(20))
          }
          kill(process, signal)
        }
      }
      #expect(ending.status == status, "\(ending)")
      #expect(ending.errors.hasPrefix("! interrupted: "), "\(ending)")
      #expect(ending.output.hasSuffix("exit code \(status)\n"), "\(ending)")
    }
  }
}
