import BgrunTestSupport
import Foundation
import Testing

extension Project {
  /// Runs a test in a project with other files than the example's: the layout of a field case.
  ///
  /// In its Compose file `PROXY_PORT`, `GRAFANA_BLUE_PORT` and `GRAFANA_GREEN_PORT` are addresses on
  /// this machine, for `ports:`.
  ///
  /// - Parameters:
  ///   - files: the files by their paths; `docker-compose.yaml` is one of them.
  ///   - services: the services that run when the test begins.
  ///   - users: what the clients of the proxy must see during the test.
  static func field(
    _ files: (Project) -> KeyValuePairs<String, String>, starting services: String...,
    users: Users.Expectation = .served, sourceLocation: Testing.SourceLocation = #_sourceLocation,
    _ body: (Project) async throws -> Void
  ) async throws {
    try await with(start: false, users: users, sourceLocation: sourceLocation) { project in
      for path in ["docker-compose.override.yaml", "nginx"] {
        try FileManager.default.removeItem(at: project.folder.appending(path: path))
      }
      for (path, text) in files(project) {
        try FileManager.default.createDirectory(
          at: project.folder.appending(path: path).deletingLastPathComponent(),
          withIntermediateDirectories: true)
        try project.write(text, to: path)
      }
      let argv = ["docker", "compose", "up", "--detach"] + services
      let ended = try await Shell.run(argv, in: project.folder)
      guard ended.status == 0 else { throw Shell.Failed(argv: argv, ended: ended) }
      try await project.waitForAnswer()
      project.users.begin(port: project.port)
      try await body(project)
    }
  }

  /// Waits until something answers well through the proxy.
  private func waitForAnswer() async throws {
    guard users.areWatched else { return }
    try await waitUntil("the proxy answers") { liveVersion() != nil }
  }

  /// A plan with the usual steps.
  ///
  /// - Parameters:
  ///   - arguments: those of `Deploy`.
  ///   - gate: its health check.
  ///   - after: steps after the reload.
  func plan(
    of arguments: String, gate: String = "Health(retries: 10, every: 1)", after: String = ""
  ) throws -> URL {
    try write(
      """
      import DeployDSL

      Deploy(\(arguments)) {
        DetectActive()
        Up(.target)
        \(gate)
        SwapNginx()
        Reload()
        \(after)
        Stop(.previous)
      }

      """, to: "field.swift")
    return folder.appending(path: "field.swift")
  }
}
