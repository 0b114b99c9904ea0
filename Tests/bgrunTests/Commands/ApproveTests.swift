import Foundation
import Testing

extension ToolTests {
  @Suite("Approve: who is asked")
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

    @Test("without a terminal nobody is: the deploy fails")
    func refused() async throws {
      let ending = try await bench.bgrun("p.swift")
      #expect(ending.status == 1 && !isDone, "\(ending)")
      #expect(
        ending.errors.hasPrefix(
          "p.swift:3:3: error: Approve: \"Switch to green?\" needs approval, but no terminal can "
            + "ask for it\n  fix: run it on a terminal, or add --yes\n"),
        "\(ending)")
    }

    @Test("--yes says yes beforehand")
    func beforehand() async throws {
      let ending = try await bench.bgrun("p.swift", "--yes")
      #expect(ending.status == 0 && isDone, "\(ending)")
    }

    @Test("on a simulated host nobody needs to be asked")
    func simulated() async throws {
      let ending = try await bench.bgrun("p.swift", "--executor", "mock")
      #expect(ending.status == 0 && !isDone, "\(ending)")
    }

    @Test("on a terminal a person is asked, and answers", arguments: [("y", 0), ("n", 1)])
    func asked(answer: String, status: Int32) async throws {
      let tool = try Workbench.tool().path
      // What is typed before the question does not count: it is typed until it is read, but slowly:
      // as long as there is more to type, `script` may not see that its command has ended.
      let line =
        "while echo \(answer); do sleep 0.1; done | script -qec \"'\(tool)' p.swift\" /dev/null"
      let ending = try await bench.run(["/bin/bash", "-c", line], environment: ["TERM": "xterm"])
      #expect(ending.status == status && isDone == (status == 0), "\(ending)")
      #expect(ending.output.contains("Switch to green? [y/N]"))
    }

    @Test("a signal ends the run while a person is being asked")
    func interrupted() async throws {
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
