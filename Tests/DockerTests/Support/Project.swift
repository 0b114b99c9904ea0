import Foundation
import BgrunTestSupport
import Testing

/// A running copy of Examples/grafana with blue live: its own names, ports and folder.
struct Project: Sendable {
  /// How the proxy sees the site file.
  enum Mount: String, CaseIterable, Sendable {
    /// As the example does: the folder is mounted.
    case folder
    /// As many people do: the file itself is mounted.
    case file
  }

  let folder: URL
  let name: String
  let port: Int
  let ports: [Colour: Int]

  /// The file that nginx loads.
  var site: URL { folder.appending(path: "nginx/service.conf") }

  /// The file that it is replaced by.
  func source(_ colour: Colour) -> URL {
    folder.appending(path: "nginx/service_\(colour.rawValue).conf")
  }

  /// The name that Compose gives a service's container.
  func container(_ service: String) -> String { "\(name)-\(service)-1" }

  /// Runs a test in a project of its own, and removes everything of it, whatever happens.
  static func with(
    mount: Mount = .folder, settings: [Colour: [String: String]] = [:], start: Bool = true,
    _ body: (Project) async throws -> Void
  ) async throws {
    try await DockerEngine.prepare()
    let project = try make(mount: mount)
    do {
      try project.set(settings)
      if start { try await project.start() }
      try await body(project)
    } catch {
      await project.explain()
      await project.remove()
      throw error
    }
    await project.remove()
  }

  /// Changes how the stand-ins behave when they are started the next time.
  func set(_ settings: [Colour: [String: String]]) throws {
    var lines = ["services:"]
    for colour in Colour.allCases {
      lines += ["  \(colour.service):", "    environment:", "      COLOUR: \(colour.rawValue)"]
      for (key, value) in (settings[colour] ?? [:]).sorted(by: { $0.key < $1.key }) {
        lines.append("      \(key): \"\(value)\"")
      }
    }
    try (lines.joined(separator: "\n") + "\n").write(
      to: folder.appending(path: "docker-compose.override.yaml"), atomically: true, encoding: .utf8)
  }

  /// Adds a line to what the Compose file says of a service.
  func add(_ line: String, to colour: Colour) throws {
    try edit("docker-compose.override.yaml") {
      $0.replacing("  \(colour.service):\n", with: "  \(colour.service):\n    \(line)\n")
    }
  }

  /// Starts proxy and blue, and waits until blue answers through the proxy.
  func start() async throws {
    try await compose("up", "--detach", "nginx-proxy", Colour.blue.service)
    try await wait(for: .blue)
  }

  /// Runs `docker compose` in the project's folder.
  @discardableResult
  func compose(_ words: String...) async throws -> String {
    let ended = try await Shell.run(["docker", "compose"] + words, in: folder)
    guard ended.status == 0 else { throw Shell.Failed(argv: words, ended: ended) }
    return ended.output
  }

  /// Runs the real tool on this project.
  func bgrun(
    _ arguments: String..., plan: URL = Repository.plan, environment: [String: String] = [:]
  ) async throws -> Ended {
    let argv = [Repository.bgrun.path, plan.path, "--project", folder.path] + arguments
    return try await Shell.run(argv, in: folder, environment: environment)
  }

  /// The version that answers through the proxy now, on a new connection.
  func liveVersion() -> String? {
    (try? HTTPConnection(port: port).get("/api/health", close: true))
      .flatMap { HealthAnswer.version(in: $0.text) }
  }

  /// The colour whose version answers through the proxy now.
  func live() -> Colour? {
    let version = liveVersion()
    return Colour.allCases.first { $0.version == version }
  }

  /// Waits until a colour answers through the proxy.
  func wait(for colour: Colour) async throws {
    try await waitUntil("\(colour.service) answers through the proxy") { live() == colour }
  }

  /// Whether a service's container runs.
  func isRunning(_ colour: Colour) async throws -> Bool {
    let ended = try await Shell.run([
      "docker", "inspect", "--format", "{{.State.Running}}", container(colour.service),
    ])
    return ended.output.hasPrefix("true")
  }

  /// Waits until a service's container runs.
  func waitUntilRunning(_ colour: Colour) async throws {
    try await waitUntil("\(colour.service) runs") { try await isRunning(colour) }
  }

  /// Waits until a deploy has the lock and has said so.
  func waitUntilLocked() async throws {
    let holder = folder.appending(path: ".bgrun/grafana/lock.json").path
    try await waitUntil("\(holder) is there") { FileManager.default.fileExists(atPath: holder) }
  }
}
