import BgrunTestSupport
import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A Docker engine of a test's own that is the manager of a Swarm with one node.
///
/// It has its own network: what it publishes is at 127.0.0.1 there, and the machine's own engine
/// knows nothing of it.
final class SwarmEngine: Sendable {
  /// Why there can be none; `nil` if there can.
  static let obstacle: String? = {
    #if os(Linux)
      if geteuid() != 0 { return "an engine of the test's own needs root" }
      for program in ["dockerd", "ip", "nsenter", "unshare"]
      where !succeeds("sh", "-c", "command -v \(program)") {
        return "there is no \(program)"
      }
      return succeeds("unshare", "--net", "--mount", "ip", "link", "add", "b0", "type", "bridge")
        ? nil : "no network of its own can be made"
    #else
      return "it needs Linux"
    #endif
  }()

  let folder: URL
  private let process: Process

  /// The file of its network.
  var network: String { "/proc/\(process.processIdentifier)/ns/net" }

  private init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "bgruntest-swarm-\(getpid())").resolvingSymlinksInPath()
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "unshare", "--net", "--mount", "sh",
      Repository.fixtures.appending(path: "swarm-engine.sh").path, folder.path, "\(getpid())",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// Runs a test with a Swarm, and removes it, whatever happens.
  static func with(_ body: (SwarmEngine) async throws -> Void) async throws {
    try await DockerEngine.prepare()
    let engine = try SwarmEngine()
    do {
      try await waitUntil("the engine answers", within: .seconds(60)) {
        try await engine.run("docker", "info").status == 0
      }
      try await engine.output("docker", "swarm", "init", "--advertise-addr", "10.199.0.1")
      try await body(engine)
    } catch {
      let tasks = try? await engine.run("docker", "stack", "ps", "--no-trunc", "shop")
      print("the Swarm at the end:\n\(tasks?.text ?? "")")
      await engine.remove()
      throw error
    }
    await engine.remove()
  }

  private func remove() async {
    _ = try? await run("docker", "swarm", "leave", "--force")
    // The script ends the engine, and waits for it.
    process.terminate()
    let end = ContinuousClock.now + .seconds(30)
    while process.isRunning, ContinuousClock.now < end {
      try? await Task.sleep(for: .milliseconds(100))
    }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Runs a program beside the engine.
  func run(_ argv: String..., in folder: URL = Repository.root) async throws -> Ended {
    try await run(argv, in: folder)
  }

  func run(_ argv: [String], in folder: URL) async throws -> Ended {
    try await Shell.run(
      ["nsenter", "--net=\(network)"] + argv, in: folder,
      environment: [
        "DOCKER_HOST": "unix://\(self.folder.path)/docker.sock", "DOCKER_BUILDKIT": "0",
      ])
  }

  /// Runs a program that has to succeed.
  @discardableResult
  func output(_ argv: String..., in folder: URL = Repository.root) async throws -> String {
    let ended = try await run(argv, in: folder)
    guard ended.status == 0 else { throw Shell.Failed(argv: argv, ended: ended) }
    return ended.output.trimmingCharacters(in: .newlines)
  }

  /// Copies images of the machine's own engine into it.
  func load(_ images: String...) async throws {
    let tar = folder.appending(path: "images.tar").path
    let saved = try await Shell.run(["docker", "save", "--output", tar] + images)
    guard saved.status == 0 else { throw Shell.Failed(argv: ["docker", "save"], ended: saved) }
    try await output("docker", "load", "--quiet", "--input", tar)
    try FileManager.default.removeItem(atPath: tar)
  }

  /// Makes the calling thread's connections those of a network.
  static func enter(_ network: String) {
    #if os(Linux)
      let file = open(network, O_RDONLY | O_CLOEXEC)
      typealias Enter = @convention(c) (Int32, Int32) -> Int32
      // Swift's module of the C library does not have it.
      let enter = dlsym(nil, "setns").map { unsafeBitCast($0, to: Enter.self) }
      precondition(file >= 0 && enter?(file, 0) == 0, "\(network) cannot be entered")
      close(file)
    #endif
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test with a notice if there can be no Swarm of its own; in CI the test fails.
  static var requiresSwarm: Self {
    .enabled(
      if: SwarmEngine.obstacle == nil || DockerEngine.isRequired,
      Comment(rawValue: SwarmEngine.obstacle ?? "needs an engine of its own"))
  }
}
