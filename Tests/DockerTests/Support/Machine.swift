import BgrunTestSupport
import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A machine of a test's own with a Docker engine, which can be a node of a Swarm.
///
/// It has its own network: what it publishes is at 127.0.0.1 there, and the machine's own engine
/// knows nothing of it.
final class Machine: Sendable {
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

  /// How many were made: several tests may have some at the same time.
  private static let made = Mutex(0)

  let folder: URL
  private let number: Int
  private let process: Process

  /// The process whose namespaces are its own.
  var pid: Int32 { process.processIdentifier }
  /// The file of its network.
  var network: String { "/proc/\(pid)/ns/net" }

  /// Where it answers.
  var socket: String { "unix://\(folder.path)/docker.sock" }

  /// Starts it.
  ///
  /// - Parameter manager: the machine to whose network it is connected; `nil` for the first one.
  private init(number: Int, besides manager: Machine?) throws {
    self.number = number
    let serial = Self.made.withLock { made in
      made += 1
      return made
    }
    folder = FileManager.default.temporaryDirectory
      .appending(path: "bgruntest-machine-\(getpid())-\(serial)").resolvingSymlinksInPath()
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "unshare", "--net", "--mount", "sh",
      Repository.fixtures.appending(path: "machine.sh").path, folder.path, "\(getpid())",
      "\(number)",
    ]
    if let manager { process.arguments?.append("\(manager.process.processIdentifier)") }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// Runs a test with a Swarm, and removes it, whatever happens.
  ///
  /// - Parameters:
  ///   - count: the number of nodes. Default: one, the manager.
  ///   - role: what the other nodes are, `worker` or `manager`. Default: workers.
  ///   - body: the test; it gets the first manager and the other nodes.
  static func with(
    nodes count: Int = 1, joiningAs role: String = "worker",
    _ body: (Machine, [Machine]) async throws -> Void
  ) async throws {
    try await with(machines: count) { machines in
      let (manager, others) = (machines[0], Array(machines.dropFirst()))
      try await manager.output("docker", "swarm", "init", "--advertise-addr", "10.199.0.1")
      let token = try await manager.output("docker", "swarm", "join-token", "--quiet", role)
      for node in others {
        try await node.output("docker", "swarm", "join", "--token", token, "10.199.0.1:2377")
      }
      do {
        try await body(manager, others)
      } catch {
        let tasks = try? await manager.run("docker", "stack", "ps", "--no-trunc", "shop")
        print("the Swarm at the end:\n\(tasks?.text ?? "")")
        throw error
      }
    }
  }

  /// Runs a test with machines in one network, each with an engine, and removes them, whatever
  /// happens.
  static func with(machines count: Int, _ body: ([Machine]) async throws -> Void) async throws {
    try await DockerEngine.prepare()
    var machines: [Machine] = []
    let result: Result<Void, any Error>
    do {
      for number in 1...count {
        machines.append(try Machine(number: number, besides: machines.first))
        try await machines[number - 1].answers()
      }
      result = .success(try await body(machines))
    } catch {
      result = .failure(error)
    }
    for machine in machines.reversed() { await machine.remove() }
    try result.get()
  }

  private func answers() async throws {
    try await waitUntil("the engine answers", within: .seconds(60)) {
      try await self.run("docker", "info").status == 0
    }
  }

  /// Cuts the node off from the others, as a machine does that loses its power.
  func disconnect() async throws {
    try await output("ip", "link", "set", "swarm0", "down")
  }

  /// Connects it again.
  func reconnect() async throws { try await output("ip", "link", "set", "swarm0", "up") }

  /// Gives its machine a folder of its own in the place of another one's.
  func mount(_ folder: URL, at place: URL) async throws {
    try await output(
      "nsenter", "--target", "\(pid)", "--mount", "mount", "--bind", folder.path, place.path)
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

  func run(
    _ argv: [String], in folder: URL, environment: [String: String] = [:], timeout: Double = 180
  ) async throws -> Ended {
    try await Shell.run(
      ["nsenter", "--net=\(network)"] + argv, in: folder,
      environment: ["DOCKER_HOST": socket, "DOCKER_BUILDKIT": "0"].merging(environment) { $1 },
      timeout: timeout)
  }

  /// Runs a program that has to succeed.
  @discardableResult
  func output(_ argv: String..., in folder: URL = Repository.root) async throws -> String {
    let ended = try await run(argv, in: folder)
    guard ended.status == 0 else { throw Shell.Failed(argv: argv, ended: ended) }
    return ended.output.trimmingCharacters(in: .newlines)
  }

  /// Deploys the stack of a folder's compose.yaml.
  func deploy(_ stack: String, in folder: URL) async throws {
    try await output(
      "docker", "stack", "deploy", "--compose-file", "compose.yaml", "--resolve-image", "never",
      stack, in: folder)
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
  static var requiresMachines: Self {
    .enabled(
      if: Machine.obstacle == nil || DockerEngine.isRequired,
      Comment(rawValue: Machine.obstacle ?? "needs an engine of its own"))
  }
}
