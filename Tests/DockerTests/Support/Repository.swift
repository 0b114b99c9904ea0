import Foundation

/// Where this checkout keeps what the tests need.
enum Repository {
  /// The folder of Package.swift.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The plan that people copy.
  static let plan = root.appending(path: "Plans/grafana.swift")

  /// The plan that builds its target in a version of the caller's choice.
  static let versionPlan = root.appending(path: "Plans/grafana-version.swift")

  /// The Compose project that every test gets a copy of.
  static let example = root.appending(path: "Examples/grafana")

  /// The files that the tests bring along.
  static let fixtures = root.appending(path: "Tests/DockerTests/Fixtures")

  /// The tool: `BGRUN_BINARY`, else the one that was built together with these tests.
  static let bgrun: URL = {
    if let path = ProcessInfo.processInfo.environment["BGRUN_BINARY"] { return URL(filePath: path) }
    let beside = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "bgrun")
    return FileManager.default.isExecutableFile(atPath: beside.path)
      ? beside : root.appending(path: ".build/debug/bgrun")
  }()
}
