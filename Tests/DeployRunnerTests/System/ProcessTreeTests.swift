import Foundation
import Testing

@testable import DeployRunner

/// A tree that holds on: all of it ignores SIGTERM, and one member has left the group.
private let stubborn = """
  trap '' TERM
  sleep 600 &
  setsid sh -c 'trap "" TERM; echo $$; sleep 600 & echo $!; wait' &
  setsid sleep 600 > /dev/null 2>&1 &
  echo $! $$
  wait
  """

/// A time limit within which shells print what they are to print, on a slow machine, too.
private let enough = Duration.seconds(15)

private func shell(_ line: String, timeout: Duration) -> ChildProcess {
  ChildProcess(
    path: "/bin/sh", argv: ["sh", "-c", line], environment: ["PATH": "/usr/bin:/bin"],
    directory: nil, timeout: timeout)
}

private func pids(in output: String) -> [Int32] {
  output.split { $0 == " " || $0 == "\n" }.compactMap { Int32($0) }
}

@Suite(
  "ProcessTree", .timeLimit(.minutes(10)),
  .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/setsid"), "needs setsid"))
struct ProcessTreeTests {
  @Test func `a timeout ends the whole tree, even what ignores SIGTERM or left the group`()
    async throws
  {
    let failure = try await #require(throws: OperationError.self) {
      try await shell(stubborn, timeout: enough).run { _ in }
    }
    guard case .timedOut(after: enough, let output) = failure else {
      Issue.record("\(failure)")
      return
    }
    #expect(pids(in: output).count == 4)
    try await KernelProcesses.waitForEnd(of: pids(in: output))
  }

  @Test func `cancelling ends the whole tree too`() async throws {
    let (lines, continuation) = AsyncStream.makeStream(of: OutputLine.self)
    let task = Task {
      try await shell(stubborn, timeout: .seconds(600)).run { continuation.yield($0) }
    }
    var found: [Int32] = []
    for await line in lines {
      found += pids(in: line.text)
      if found.count == 4 { break }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    try await KernelProcesses.waitForEnd(of: found)
  }

  @Test func `without a mark in its environment, whoever left the group is found by its parent`()
    async throws
  {
    var child = shell(
      "echo ${BGRUN_COMMAND_ID-0}; setsid sh -c 'echo $$; sleep 600 & echo $!; wait' & wait",
      timeout: .seconds(600))
    child.marksDescendants = false
    let unmarked = child
    let (lines, continuation) = AsyncStream.makeStream(of: OutputLine.self)
    let task = Task { try await unmarked.run { continuation.yield($0) } }
    var found: [Int32] = []
    for await line in lines {
      found += pids(in: line.text)
      if found.count == 3 { break }
    }
    #expect(found.first == 0)
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    try await KernelProcesses.waitForEnd(of: Array(found.dropFirst()))
  }

  @Test func `SIGTERM comes first, so that a program can tidy up`() async throws {
    let folder = try TemporaryFolder()
    let line = "trap 'echo tidied > \(folder.path)/note; exit 9' TERM; echo ready; sleep 600 & wait"
    let (lines, continuation) = AsyncStream.makeStream(of: OutputLine.self)
    let task = Task {
      try await shell(line, timeout: .seconds(600)).run { continuation.yield($0) }
    }
    _ = await lines.first { _ in true }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try folder.text("note") == "tidied\n")
  }

  @Test func `what printed before its time was up is in the failure`() async {
    await #expect(throws: OperationError.timedOut(after: enough, output: "a\nb\n")) {
      try await shell("echo a; echo b >&2; exec sleep 600", timeout: enough).run { _ in }
    }
  }

  @Test func `nothing is started for a task that was cancelled before`() async throws {
    let folder = try TemporaryFolder()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await shell("touch \(folder.path)/started", timeout: .seconds(60)).run { _ in }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try folder.names() == [])
  }

  @Test(arguments: [Duration.seconds(Int64.max), .seconds(Int64.max / 4), .seconds(10_000_000)])
  func `a time limit may be as long as it can be written`(limit: Duration) async throws {
    #expect(try await shell("exit 3", timeout: limit).run { _ in }.status == 3)
  }
}
