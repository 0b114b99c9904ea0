import Foundation
import Testing

@testable import DeployRunner

@Suite("ChildProcess: output", .timeLimit(.minutes(10)))
struct ChildOutputTests {
  private func shell(_ line: String) -> ChildProcess {
    ChildProcess(
      path: "/bin/sh", argv: ["sh", "-c", line], environment: ["PATH": "/usr/bin:/bin"],
      directory: nil, timeout: .seconds(100))
  }

  @Test func `both streams are kept apart`() async throws {
    let lines = Collected<OutputLine>()
    let result = try await shell("echo out; echo err >&2; printf end").run { lines.add($0) }
    #expect(result == CommandResult(status: 0, output: "out\nend", errors: "err\n"))
    #expect(lines.all.filter { $0.stream == .output }.map(\.text) == ["out", "end"])
    #expect(lines.all.filter { $0.stream == .errors }.map(\.text) == ["err"])
  }

  @Test func `more than a pipe holds is read from both streams at once, the last part kept`()
    async throws
  {
    let lines = Collected<OutputLine>()
    let half = "head -c 3000000 /dev/zero | tr '\\0'"
    var child = shell("\(half) a & \(half) b >&2; wait; echo; echo end; echo END >&2")
    child.kept = 1 << 20
    let result = try await child.run { lines.add($0) }
    #expect(result.output.utf8.count == 1 << 20)
    #expect(result.errors.utf8.count == 1 << 20)
    #expect(result.output.hasSuffix("aaaa\nend\n"))
    #expect(result.errors.hasSuffix("bbbbEND\n"))
    let shown = lines.all.filter { $0.stream == .output }.reduce(0) { $0 + $1.text.utf8.count }
    #expect(shown == 3_000_003)
  }

  @Test func `as much as nginx prints where long lists are included is kept whole`() async throws {
    let result = try await shell("echo first; head -c 3000000 /dev/zero | tr '\\0' a").run { _ in }
    #expect(result.output.utf8.count == 3_000_006)
    #expect(result.output.hasPrefix("first\na"))
  }

  @Test func `a line arrives while the program still runs`() async throws {
    let folder = try TemporaryFolder()
    let gate = folder.path("gate")
    #expect(mkfifo(gate, 0o600) == 0)
    // The program goes on only once its first line was received.
    let result = try await shell("echo first; cat '\(gate)'").run { line in
      if line.text == "first" {
        try? "second".write(toFile: gate, atomically: false, encoding: .utf8)
      }
    }
    #expect(result.output == "first\nsecond")
  }

  @Test func `a grandchild that holds the pipe is not waited for once the program has ended`()
    async throws
  {
    let result = try await shell("sleep 600 & echo $!").run { _ in }
    let pid = try #require(Int32(result.output.dropLast()))
    defer { kill(pid, SIGKILL) }
    #expect(result.status == 0)
    #expect(KernelProcesses.isAlive(pid), "it was left alone: a daemon may be what was wanted")
  }
}
