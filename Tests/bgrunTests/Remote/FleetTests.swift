import BgrunTestSupport
import Foundation
import Testing

extension ToolTests {
  /// `--on` several times, with one OpenSSH server that stands for several hosts.
  @Suite("Several hosts", .requiresSSH, .serialized)
  struct Several {
    let bench: Workbench
    let server: SSHServer

    init() async throws {
      bench = try Workbench()
      server = try await SSHServer(cache: SharedPrograms.folder.appending(path: "there"))
      for host in ["web1", "web2", "web3"] {
        try bench.write("\(host)/compose.yaml", "services: {}\n")
      }
      try bench.write(
        "p.swift",
        """
        import DeployDSL
        let folder = "\(bench.folder.path)"
        Deploy(
          "x", hosts: ["web1", "web2", "web3"].map { "\\($0):\\(folder)/\\($0)" }, waves: [1, .all]
        ) {
          Run("sh", "-c", "touch begun; until [ -e go ]; do sleep 0.05; done; [ ! -e bad ]")
            .undo { Run("touch", "undone") }
          Run("touch", "done")
        }

        """)
    }

    private func bgrun(
      _ words: String..., started: @Sendable @escaping (Int32) -> Void = { _ in }
    ) async throws -> Workbench.Ending {
      try await bench.run(
        [try Workbench.tool().path] + words,
        environment: server.environment.merging([
          "BGRUN_CACHE": SharedPrograms.folder.appending(path: "here").path
        ]) { $1 }, started: started)
    }

    private func touch(_ names: String...) throws {
      for name in names { try bench.write(name, "") }
    }

    @Test func `they are reached in waves, and each is named in what is shown`() async throws {
      try touch("web1/go", "web2/go", "web3/go")
      let ending = try await bgrun("p.swift")
      #expect(ending.status == 0, "\(ending)")
      let place = bench.folder.path
      #expect(
        ending.output.contains("Wave 1 of 2: web1:\(place)/web1\n")
          && ending.output.contains("Wave 2 of 2: web2:\(place)/web2, web3:\(place)/web3\n")
          && ending.output.contains("3 of 3 done\n"), "\(ending)")
      #expect(bench.has("web1/done") && bench.has("web2/done") && bench.has("web3/done"))
      let json = try await bgrun("p.swift", "--format", "json", "--only-host", "web3")
      #expect(json.status == 0 && !json.output.contains("web2"), "\(json)")

      // Without the plan's hosts, and for commands that are no runs.
      let on = ["web2", "web3"].flatMap { ["--on", "\($0):\(place)/\($0)"] }
      let locked = try await bgrun("lock", "p.swift", on[0], on[1], on[2], on[3])
      #expect(locked.status == 0, "\(locked)")
      let refused = try await bgrun("p.swift")
      #expect(refused.status == 5 && refused.output.contains("1 of 3 done"), "\(refused)")
      let unlocked = try await bgrun("unlock", "p.swift")
      #expect(unlocked.status == 0, "\(unlocked)")
      #expect(
        unlocked.output.contains("web1:\(place)/web1:\n  deploys of x were not"), "\(unlocked)")
      let history = try await bgrun("history", "p.swift", "--format", "json")
      #expect(
        history.status == 0
          && history.output.contains(#"{"host":"web2:\#(place)/web2","application":"x""#),
        "\(history)")
      let resumed = try await bgrun("resume", "p.swift")
      #expect(
        resumed.status == 0 && resumed.output.contains("3 of 3 done"), "\(resumed)")
    }

    @Test func `a canary that fails leaves the others untouched; the next wave is the rest`()
      async throws
    {
      try touch("web1/go", "web1/bad")
      let ending = try await bgrun("p.swift")
      #expect(ending.status == 1 && bench.has("web1/undone"), "\(ending)")
      #expect(!bench.has("web2/begun") && !bench.has("web2/.bgrun") && !bench.has("web3/.bgrun"))
      #expect(ending.output.contains("0 of 3 done, exit code 1"), "\(ending)")
      #expect(ending.output.contains("not started, because web1:"), "\(ending)")
    }

    @Test func `an interruption rolls the wave back that runs, and starts no other`() async throws {
      try touch("web1/go")
      let box = TaskBox()
      let ending = try await bgrun("p.swift") { pid in
        box.start {
          try await waitUntil("the second wave has begun") {
            bench.has("web2/begun") && bench.has("web3/begun")
          }
          kill(pid, SIGINT)
        }
      }
      try await box.end()
      #expect(ending.status == 130, "\(ending)")
      #expect(
        bench.has("web1/done") && bench.has("web2/undone") && bench.has("web3/undone"), "\(ending)")
      #expect(ending.output.contains("1 of 3 done, exit code 130"), "\(ending)")
    }

    @Test func `without the user's machine the wave's runs go on, and can be followed together`()
      async throws
    {
      try touch("web1/go")
      let box = TaskBox()
      let left = try await bgrun("p.swift") { pid in
        box.start {
          try await waitUntil("the second wave has begun") {
            bench.has("web2/begun") && bench.has("web3/begun")
          }
          kill(pid, SIGHUP)
        }
      }
      try await box.end()
      #expect(left.status == 8, "\(left)")
      #expect(left.errors.contains("out of sight: the runs continue on web2:"), "\(left)")
      try touch("web2/go", "web3/go")
      let followed = try await bgrun("follow", "p.swift")
      #expect(followed.status == 0 && followed.output.contains("3 of 3 done"), "\(followed)")
      #expect(bench.has("web2/done") && bench.has("web3/done"))
    }

    @Test func `if one host cannot be used, nothing is started on any`() async throws {
      let ending = try await bgrun(
        "p.swift", "--on", "web1:\(bench.folder.path)/web1", "--on", "web2:/missing")
      #expect(ending.status == 6, "\(ending)")
      #expect(
        ending.errors.contains("web2 has no folder /missing; nothing was started on any host"),
        "\(ending)")
      #expect(!bench.has("web1/.bgrun"))
      let both = try await bgrun("p.swift", "--on", "web1", "--on", "web2", "--project", ".")
      #expect(both.status == 2 && both.errors.contains("contradict"), "\(both)")
    }

    private final class TaskBox: @unchecked Sendable {
      private var task: Task<Void, any Error>?
      func start(_ body: @Sendable @escaping () async throws -> Void) {
        task = Task { try await body() }
      }
      func end() async throws { try await task?.value }
    }
  }
}
