import Foundation
import Testing

extension ToolTests {
  @Suite("Approve")
  struct Approve {
    let bench: Workbench

    init() throws {
      bench = try Workbench()
      try bench.write("compose.yaml", "services: {}\n")
      try bench.write(
        "p.swift",
        """
        import DeployDSL
        Deploy("x") {
          Approve("Switch to green?")
          Run("touch", "done")
        }

        """)
    }

    private var isDone: Bool {
      FileManager.default.fileExists(atPath: bench.folder.appendingPathComponent("done").path)
    }

    @Test func `without a terminal a run needs --yes, except on a simulated host`() async throws {
      let refused = try await bench.bgrun("p.swift")
      #expect(refused.status == 1 && !isDone, "\(refused)")
      #expect(
        refused.errors.hasPrefix(
          "p.swift:3:3: error: Approve: \"Switch to green?\" needs approval, but no terminal can "
            + "ask for it\n  fix: run it on a terminal, or add --yes\n"),
        "\(refused)")
      let simulated = try await bench.bgrun("p.swift", "--executor", "mock")
      #expect(simulated.status == 0 && !isDone, "\(simulated)")
      let approved = try await bench.bgrun("p.swift", "--yes")
      #expect(approved.status == 0 && isDone, "\(approved)")
    }

    @Test(arguments: [("y", 0), ("n", 1)])
    func `on a terminal it asks`(answer: String, status: Int32) async throws {
      let tool = try Workbench.tool().path
      // Input before the question is discarded: type until it is read, but slowly, because `script`
      // may not notice the end of its command while there is input.
      let line =
        "while echo \(answer); do sleep 0.1; done | script -qec \"'\(tool)' p.swift\" /dev/null"
      let ending = try await bench.run(["/bin/bash", "-c", line], environment: ["TERM": "xterm"])
      #expect(ending.status == status && isDone == (status == 0), "\(ending)")
      #expect(ending.output.contains("Switch to green? [y/N]"))
    }

    @Test func `a signal ends the run while it asks`() async throws {
      try bench.write(
        "w.swift",
        """
        import DeployDSL
        Deploy("x") {
          Run("touch", "begun")
          Approve("Switch to green?")
        }

        """)
      let tool = try Workbench.tool().path
      try bench.write("start.sh", "echo $$ > pid\nexec '\(tool)' w.swift\n")
      let ending = try await bench.run(
        ["/usr/bin/script", "-qec", "/bin/sh start.sh", "/dev/null"], environment: ["TERM": "xterm"]
      ) { terminal in
        Task.detached { [bench] in
          let begun = bench.folder.appendingPathComponent("begun")
          guard await bench.waits(for: begun) else {
            kill(terminal, SIGKILL)
            return
          }
          let pid = bench.folder.appendingPathComponent("pid")
          let process = Int32(try String(contentsOf: pid, encoding: .utf8).dropLast())
          if let process, process > 1 { kill(process, SIGTERM) }
        }
      }
      #expect(ending.status == 143, "\(ending)")
      #expect(ending.output.contains("interrupted: "), "\(ending)")
    }
  }
}
