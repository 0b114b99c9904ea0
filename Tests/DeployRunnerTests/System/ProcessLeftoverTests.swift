import Foundation
import Testing

@testable import DeployRunner

private func child(_ path: String, _ words: String..., timeout: Duration = .seconds(60))
  -> ChildProcess
{
  ChildProcess(
    path: path, argv: [path] + words, environment: ["PATH": "/usr/bin:/bin"], directory: nil,
    timeout: timeout)
}

/// One run: most end well, some at their time limit, by cancellation or before they begin.
private func start(_ run: Int) async {
  switch run % 20 {
  case 0: _ = try? await child("/bin/sleep", "600", timeout: .milliseconds(1)).run { _ in }
  case 1: _ = try? await child("/nonexistent").run { _ in }
  case 2:
    let task = Task { try await child("/bin/sleep", "600").run { _ in } }
    task.cancel()
    _ = try? await task.value
  default: _ = try? await child("/bin/true").run { _ in }
  }
}

/// Counts what only a process of its own can count: other tests start programs too.
@Suite(
  "ChildProcess: leftovers", .timeLimit(.minutes(10)),
  .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd"), "needs /proc"))
struct ProcessLeftoverTests {
  @Test func `200 runs leave no descriptor and no zombie behind`() async {
    await #expect(processExitsWith: .success) {
      // The first ones let the system's own descriptors be opened, those for waiting too.
      for run in 0..<20 { await start(run) }
      try await Task.sleep(for: .milliseconds(5))
      let before = KernelProcesses.openDescriptors()
      for run in 1...200 { await start(run) }
      // Each way to end comes ten times or more; the system may open a few descriptors late.
      let most = before + 5
      // A thread lets go of its descriptors right after it has answered.
      for _ in 1...2000 where KernelProcesses.openDescriptors() > most {
        try await Task.sleep(for: .milliseconds(5))
      }
      if KernelProcesses.openDescriptors() > most { exit(2) }
      if KernelProcesses.zombies().isEmpty { exit(EXIT_SUCCESS) }
      exit(EXIT_FAILURE)
    }
  }

  @Test func `the status is right even if whoever started us ignored SIGCHLD`() async {
    await #expect(processExitsWith: .exitCode(42)) {
      signal(SIGCHLD, SIG_IGN)
      exit(try await child("/bin/sh", "-c", "exit 42").run { _ in }.status)
    }
  }
}
