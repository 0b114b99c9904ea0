import Foundation
import Testing

/// Projects of other layouts than the example's.
extension Project {
  /// Runs a test in a folder with only these files and `.env`; nothing is started.
  static func bare(
    _ files: KeyValuePairs<String, String>, users: Users.Expectation = .served,
    _ body: (Project) async throws -> Void
  ) async throws {
    try await bare({ _, _ in files }, users: users, body)
  }

  /// The same with files that depend on the project's name and port.
  static func bare(
    _ files: (_ name: String, _ port: Int) -> KeyValuePairs<String, String>,
    users: Users.Expectation = .served, _ body: (Project) async throws -> Void
  ) async throws {
    try await with(start: false, users: users) { project in
      for path in ["docker-compose.override.yaml", "docker-compose.yaml", "nginx"] {
        try FileManager.default.removeItem(at: project.folder.appending(path: path))
      }
      for (path, text) in files(project.name, project.port) {
        let place = project.folder.appending(path: path)
        try FileManager.default.createDirectory(
          at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
        try project.write(text, to: path)
      }
      try await body(project)
    }
  }

  /// Runs `docker compose OPTIONS WORDS…` in the project's folder.
  func compose(
    _ options: [String], _ words: String..., environment: [String: String] = [:]
  ) async throws {
    let argv = ["docker", "compose"] + options + words
    let ended = try await Shell.run(argv, in: folder, environment: environment)
    guard ended.status == 0 else { throw Shell.Failed(argv: argv, ended: ended) }
  }

  /// Waits until blue answers through the proxy, and lets clients begin.
  func serve() async throws {
    try await wait(for: .blue)
    users.begin(port: port)
  }
}
