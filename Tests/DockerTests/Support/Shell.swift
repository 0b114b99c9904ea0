import Foundation
import BgrunTestSupport

/// How a program ended.
struct Ended: Sendable, CustomStringConvertible {
  /// The exit status; `-9` if a signal 9 ended it.
  var status: Int32
  /// Standard output.
  var output: String
  /// Standard error.
  var errors: String
  /// How long it ran.
  var seconds: Double

  /// Everything it printed.
  var text: String { output + errors }

  var description: String { "status \(status)\n\(text)" }
}

/// Runs programs for tests.
enum Shell {
  /// Runs a program to its end; it is killed after `timeout` seconds.
  ///
  /// What it prints goes to files, so that a grandchild that outlives it cannot hold the test up.
  /// `started` gets the process's id, to send signals to.
  static func run(
    _ argv: [String], in folder: URL = Repository.root, environment: [String: String] = [:],
    timeout: Double = 180, started: (Int32) -> Void = { _ in }
  ) async throws -> Ended {
    let scratch = FileManager.default.temporaryDirectory
      .appending(path: "bgruntest-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = argv
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    let output = try handle(scratch.appending(path: "output"))
    let errors = try handle(scratch.appending(path: "errors"))
    process.standardOutput = output
    process.standardError = errors
    let start = ContinuousClock.now
    let status = try await process.end { pid in
      started(pid)
      DispatchQueue.global().asyncAfter(deadline: .now() + timeout) {
        if process.isRunning { kill(pid, SIGKILL) }
      }
    }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    try output.close()
    try errors.close()
    return Ended(
      status: status,
      output: String(
        decoding: try Data(contentsOf: scratch.appending(path: "output")), as: UTF8.self),
      errors: String(
        decoding: try Data(contentsOf: scratch.appending(path: "errors")), as: UTF8.self),
      seconds: elapsed)
  }

  /// Runs a program that has to succeed, and gives what it printed without the last line end.
  @discardableResult
  static func output(_ argv: String..., in folder: URL = Repository.root) async throws -> String {
    let ended = try await run(argv, in: folder)
    guard ended.status == 0 else { throw Failed(argv: argv, ended: ended) }
    return ended.output.trimmingCharacters(in: .newlines)
  }

  /// Builds an image from a folder's Dockerfile.
  ///
  /// The older builder names an image only at the end: before, the `Prune()` of another test may
  /// remove it, or that of an earlier step. The build then fails with one of several messages, or
  /// ends with 0 although the image is gone: the image is looked for, and built again.
  static func build(_ tags: [String], _ options: String..., in folder: URL) async throws {
    let argv =
      ["docker", "build", "--quiet"] + tags.flatMap { ["--tag", $0] } + options + ["."]
    for attempt in 1... {
      let ended = try await run(argv, in: folder, environment: ["DOCKER_BUILDKIT": "0"])
      if ended.status == 0, try await run(["docker", "image", "inspect"] + tags).status == 0 {
        return
      }
      if attempt == 10 { throw Failed(argv: argv, ended: ended) }
    }
  }

  /// A program that had to succeed did not.
  struct Failed: Error, CustomStringConvertible {
    var argv: [String]
    var ended: Ended
    var description: String { "\(argv.joined(separator: " ")): \(ended)" }
  }

  private static func handle(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }
}
