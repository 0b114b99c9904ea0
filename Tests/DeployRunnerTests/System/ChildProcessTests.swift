import Foundation
import Testing

@testable import DeployRunner

/// A child that runs a shell line; shells are for tests only.
private func shell(
  _ line: String, _ arguments: [String] = [], environment: [String: String] = [:],
  directory: String? = nil, timeout: Duration = .seconds(60)
) -> ChildProcess {
  ChildProcess(
    path: "/bin/sh", argv: ["sh", "-c", line, "sh"] + arguments,
    environment: environment.merging(["PATH": "/usr/bin:/bin"]) { first, _ in first },
    directory: directory, timeout: timeout)
}

@Suite("ChildProcess", .timeLimit(.minutes(10)))
struct ChildProcessTests {
  @Test(arguments: [
    [], [""], ["", "", "x", ""], ["a b", " c "], ["'", "\"", "\\", "`id`", "$HOME", "$(id)"],
    ["ü", "日本語", "👩‍👩‍👧", "e\u{301}"], ["two\nlines", "\t", "\r\n"], ["-n", "--", "*", "~", "a=b;c"],
    [String(repeating: "long ", count: 20_000)],
  ])
  func `arguments arrive exactly as they were given`(arguments: [String]) async throws {
    let line = "for word; do printf '%s\\0' \"$word\"; done"
    let result = try await shell(line, arguments).run { _ in }
    let words = result.output.utf8.split(separator: 0, omittingEmptySubsequences: false)
      .dropLast().map { String(decoding: $0, as: UTF8.self) }
    #expect(words.map { Array($0.utf8) } == arguments.map { Array($0.utf8) })
  }

  @Test func `the program sees the name it is called by`() async throws {
    let child = ChildProcess(
      path: "/bin/sh", argv: ["another name", "-c", "echo \"$0\""], environment: [:],
      directory: nil, timeout: .seconds(60))
    #expect(try await child.run { _ in }.output == "another name\n")
  }

  @Test func `the environment is the given one and the mark, nothing of this process's`()
    async throws
  {
    var child = shell("", environment: ["A": "b c", "EMPTY": "", "Ä": "=ö="])
    child.path = "/usr/bin/env"
    child.argv = ["env", "-0"]
    let output = try await child.run { _ in }.output
    var pairs = Set(output.split(separator: "\0").map(String.init))
    let marks = pairs.filter { $0.hasPrefix("BGRUN_COMMAND_ID=") }
    pairs.subtract(marks)
    #expect(marks.count == 1)
    #expect(pairs == ["A=b c", "EMPTY=", "Ä==ö=", "PATH=/usr/bin:/bin"])
  }

  @Test func `the program runs in the given folder`() async throws {
    let folder = try TemporaryFolder()
    #expect(
      try await shell("pwd", directory: folder.path).run { _ in }.output == folder.path + "\n")
  }

  @Test(arguments: [
    ("true", 0), ("exit 1", 1), ("exit 42", 42), ("exit 255", 255), ("kill -KILL $$", 137),
    ("kill -TERM $$", 143), ("kill -SEGV $$", 139),
  ])
  func `the status is the exit code, or 128 and the signal's number`(
    line: String, status: Int32
  ) async throws {
    #expect(try await shell(line).run { _ in }.status == status)
  }

  @Test func `standard input is empty`() async throws {
    #expect(try await shell("cat; echo end").run { _ in }.output == "end\n")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/fd"), "needs /proc"))
  func `no descriptor but the first three is handed on`() async throws {
    let folder = try TemporaryFolder()
    let leaky = open(try folder.write("", to: "open"), O_RDONLY)
    defer { close(leaky) }
    #expect(
      try await shell("echo /proc/$$/fd/*").run { _ in }.output.contains("/fd/\(leaky)") == false)
  }

  @Test func `what cannot be passed on is refused instead of cut`() async {
    await #expect(
      throws: OperationError.cannotStart(
        program: "/bin/sh", reason: "an argument or variable holds a NUL character")
    ) { try await shell("echo", ["a\0b"]).run { _ in } }
  }

  @Test func `a program that is not there cannot be started`() async {
    var child = shell("")
    child.path = "/nonexistent/program"
    await #expect(
      throws: OperationError.cannotStart(
        program: "/nonexistent/program", reason: "No such file or directory")
    ) { try await child.run { _ in } }
  }

  @Test func `a file that may not be run cannot be started`() async throws {
    let folder = try TemporaryFolder()
    var child = shell("")
    child.path = try folder.write("#!/bin/sh\n", to: "script")
    await #expect(
      throws: OperationError.cannotStart(program: child.path, reason: "Permission denied")
    ) { try await child.run { _ in } }
  }

  @Test func `a folder that is not there is named, not the program`() async {
    await #expect(
      throws: OperationError.cannotStart(
        program: "/bin/sh", reason: "its folder /nonexistent: No such file or directory")
    ) { try await shell("true", directory: "/nonexistent").run { _ in } }
  }
}
