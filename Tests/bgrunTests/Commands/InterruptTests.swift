import Foundation
import BgrunTestSupport
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

    @Test func `of several Deploys, those that have not begun are not started`() async throws {
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
      let begun = bench.folder.appendingPathComponent("begun")
      let ending = try await interrupt(["q.swift"], at: begun, by: SIGTERM)
      #expect(ending.status == 143, "\(ending)")
      #expect(
        ending.output.hasSuffix(
          """
          0 of 2 done, exit code 143
            ↩ x  stopped and rolled back, cancelled; the proxy was not touched
            - y  not started, cancelled

          """), "\(ending)")
    }

    @Test func `while packages are built it ends what SwiftPM has started, too`() async throws {
      let begun = try writeSlowPackage()
      let ending = try await interrupt(["p.swift", "--executor", "mock"], at: begun, by: SIGTERM)
      #expect(ending.status == 143, "\(ending)")
      #expect(
        ending.errors.hasSuffix(
          "bgrun: cancelled before the plan was ready; nothing was run\n"), "\(ending)")
      #expect(ending.output.isEmpty, "\(ending)")
      #if os(Linux)
        let manifest = try String(contentsOf: begun, encoding: .utf8)
        // An ended process has no command line, even before it is reaped.
        let line = FileManager.default.contents(atPath: "/proc/\(manifest)/cmdline")
        #expect(line?.isEmpty ?? true, "\(manifest) lives")
      #endif
    }

    @Test func `edit accepts packages that do not build, but a signal ends it`() async throws {
      let begun = try writeSlowPackage()
      let ending = try await interrupt(["edit", "p.swift"], at: begun, by: SIGINT)
      #expect(ending.status == 130, "\(ending)")
      #expect(ending.output.isEmpty, "\(ending)")
    }

    /// A plan whose package takes two minutes to read; returns the file that appears when that starts.
    private func writeSlowPackage() throws -> URL {
      let begun = bench.folder.appendingPathComponent("begun")
      // A manifest is a program that SwiftPM starts in a process group of its own.
      try bench.write(
        "acme/Package.swift",
        """
        // swift-tools-version: 6.1
        import Foundation
        import PackageDescription

        try "\\(getpid())".write(toFile: "\(begun.path)", atomically: true, encoding: .utf8)
        sleep(120)
        let package = Package(name: "acme")

        """)
      try bench.write(
        "p.swift", AcmeSteps.plan("import AcmeSteps  // package(path: \"acme\")", "Print(\"x\")"))
      return begun
    }

    /// Runs bgrun, and sends it a signal once a file is there.
    private func interrupt(
      _ words: [String], at begun: URL, by signals: Int32...
    ) async throws -> Workbench.Ending {
      try await bench.run([try Workbench.tool().path] + words) { process in
        Task.detached {
          let isThere = await bench.waits(for: begun)
          for signal in isThere ? signals : [SIGKILL] { kill(process, signal) }
        }
      }
    }

    @Test func `compiling works for a parent that ignores SIGCHLD`() async throws {
      try bench.write("q.swift", "import DeployDSL\nDeploy(\"x\") { Print(\"x\") }\n")
      let tool = try Workbench.tool().path
      // Not sh: a dash does not hand it on.
      let ending = try await bench.run([
        "/bin/bash", "-c", "trap '' CHLD; exec \"$0\" q.swift --executor mock", tool,
      ])
      #expect(ending.status == 0, "\(ending)")
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT])
    func `the first one ends the run, and the exit code says which`(signal: Int32) async throws {
      let status = 128 + signal
      let begun = bench.folder.appendingPathComponent("begun")
      let ending = try await interrupt(["p.swift", "--executor", "docker"], at: begun, by: signal)
      #expect(ending.status == status, "\(ending)")
      #expect(ending.errors.hasPrefix("! interrupted: "), "\(ending)")
      #expect(ending.output.hasSuffix("exit code \(status)\n"), "\(ending)")
    }

    @Test func `two at once, as a closed terminal or timeout may send them, are one`() async throws
    {
      let begun = bench.folder.appendingPathComponent("begun")
      // Two of one kind might be one to the kernel already.
      let ending = try await interrupt(
        ["p.swift", "--executor", "docker"], at: begun, by: SIGTERM, SIGHUP)
      #expect([128 + SIGTERM, 128 + SIGHUP].contains(ending.status), "\(ending)")
      #expect(ending.errors.hasPrefix("! interrupted: "), "\(ending)")
      #expect(!ending.errors.contains("quit before"), "\(ending)")
      #expect(ending.output.hasSuffix("exit code \(ending.status)\n"), "\(ending)")
    }

    @Test func `a second one ends bgrun and its commands immediately`() async throws {
      try bench.write(
        "u.swift",
        #"""
        import DeployDSL
        Deploy("x") {
          Run("sh", "-c", "echo x > begun").undo { Run("sh", "-c", "echo $$ > undoing; exec sleep 600") }
          Run("sleep", "600")
        }

        """#)
      let undoing = bench.folder.appendingPathComponent("undoing")
      let ending = try await bench.run([try Workbench.tool().path, "u.swift"]) { [bench] process in
        Task.detached {
          let begun = bench.folder.appendingPathComponent("begun")
          guard await bench.waits(for: begun) else { return kill(process, SIGKILL) }
          kill(process, SIGTERM)
          guard await bench.waits(for: undoing) else { return kill(process, SIGKILL) }
          // Sooner it would be the same one.
          try await Task.sleep(for: .milliseconds(700))
          return kill(process, SIGINT)
        }
      }
      #expect(ending.status == 130, "\(ending)")
      #expect(
        ending.errors.hasSuffix(
          "bgrun: quit before the rollback was complete; finish it: `bgrun resume u.swift --undo`; "
            + "then check the active colour: `bgrun status u.swift`\n"), "\(ending)")
      let pid = try #require(Int32(String(contentsOf: undoing, encoding: .utf8).dropLast()))
      // A killed process exists until init has reaped it.
      try await waitUntil("\(pid) has ended") { kill(pid, 0) != 0 }
    }
  }
}
