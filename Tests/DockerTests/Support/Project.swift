import BgrunTestSupport
import Foundation
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
  /// The proxy's; the next one is free for a test.
  let port: Int
  let ports: [Colour: Int]
  /// Clients that send requests from the start to the end of the test.
  let users: Users

  /// The file that nginx loads.
  var site: URL { folder.appending(path: "nginx/service.conf") }

  /// The file that replaces it.
  func source(_ colour: Colour) -> URL {
    folder.appending(path: "nginx/service_\(colour.rawValue).conf")
  }

  /// The paths of the site file and its two sources.
  static let siteFiles =
    ["nginx/service.conf"] + Colour.allCases.map { "nginx/service_\($0).conf" }

  /// The name that Compose gives a service's container.
  func container(_ service: String) -> String { "\(name)-\(service)-1" }

  /// Runs a test in a project of its own, and removes everything of it, whatever happens.
  ///
  /// - Parameter users: what the clients of the proxy must see during the test.
  static func with(
    mount: Mount = .folder, settings: [Colour: [String: String]] = [:], start: Bool = true,
    users: Users.Expectation = .served, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (Project) async throws -> Void
  ) async throws {
    try await DockerEngine.prepare()
    await Places.take()
    defer { Places.giveBack() }
    let project = try make(mount: mount, users: users)
    do {
      try project.set(settings)
      if start { try await project.start() }
      try await body(project)
      await project.users.check(sourceLocation)
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
    try write(lines.joined(separator: "\n") + "\n", to: "docker-compose.override.yaml")
  }

  /// Adds a line to the Compose file's definition of a colour.
  func add(_ line: String, to colour: Colour) throws {
    try edit(
      "docker-compose.override.yaml",
      ["  \(colour.service):\n": "  \(colour.service):\n    \(line)\n"])
  }

  /// Starts proxy and blue, and waits until blue answers through the proxy.
  func start() async throws {
    try await compose("up", "--detach", "nginx-proxy", Colour.blue.service)
    try await wait(for: .blue)
    users.begin(port: port)
  }

  /// Runs `docker compose` in the project's folder.
  @discardableResult
  func compose(_ words: String...) async throws -> String {
    let ended = try await Shell.run(["docker", "compose"] + words, in: folder)
    guard ended.status == 0 else { throw Shell.Failed(argv: words, ended: ended) }
    return ended.output
  }

  /// Runs `nginx -s reload` in the proxy's container.
  func reload() async throws {
    try await Shell.output("docker", "exec", container("nginx-proxy"), "nginx", "-s", "reload")
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

  /// The colours whose containers run.
  func running() async throws -> Set<Colour> {
    let names = Colour.allCases.map { container($0.service) }
    let ended = try await Shell.run(
      ["docker", "inspect", "--format", "{{.State.Running}} {{.Name}}"] + names)
    return Set(
      Colour.allCases.filter { ended.output.contains("true /\(container($0.service))\n") })
  }

  /// Waits until a colour's container runs.
  func waitUntilRunning(_ colour: Colour) async throws {
    try await waitUntil("\(colour.service) runs") { try await running().contains(colour) }
  }

  /// Waits until a file of the project exists.
  func wait(forFile path: String) async throws {
    let path = folder.appending(path: path).path
    try await waitUntil("\(path) exists") { FileManager.default.fileExists(atPath: path) }
  }

  /// Waits until a deploy has the lock and has recorded it.
  func waitUntilLocked() async throws { try await wait(forFile: ".bgrun/grafana/lock.json") }

  /// The beginning of the command that a run of the usual plan proposes after an interruption.
  var resume: String { "`bgrun resume \(Repository.plan.path) --project \(folder.path)" }

  /// Pauses a container; a busy engine may refuse that for a moment ("unable to freeze").
  func pause(_ service: String) async throws {
    try await waitUntil("\(service) is paused") {
      try await Shell.run(["docker", "pause", container(service)]).status == 0
    }
  }

  /// Waits until a deploy stops the previous colour.
  func waitUntilStopping() async throws {
    let holder = folder.appending(path: ".bgrun/grafana/lock.json")
    try await waitUntil("the previous colour is being stopped") {
      (try? String(contentsOf: holder, encoding: .utf8))?.contains("Stop previous") == true
    }
  }
}
