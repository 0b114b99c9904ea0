import Foundation
import BgrunTestSupport
import Testing

/// The real engine that the tests need.
enum DockerEngine {
  /// Whether a missing engine is a failure: `BGRUN_REQUIRE_DOCKER=1`, as in CI.
  static let isRequired = ProcessInfo.processInfo.environment["BGRUN_REQUIRE_DOCKER"] == "1"

  /// Why no Docker test can run here, or `nil`.
  static let obstacle: String? = {
    if !succeeds("docker", "info") { return "no Docker engine answers (docker info)" }
    if !succeeds("docker", "compose", "version") { return "docker compose is not installed" }
    return nil
  }()

  /// Makes the images that the tests use, once.
  static func prepare() async throws {
    try await images.value
  }

  private static let images = Task {
    if let obstacle { throw Missing(reason: obstacle) }
    let script = Repository.fixtures.appending(path: "make-images.sh").path
    let ended = try await Shell.run([script], timeout: 600)
    guard ended.status == 0 else { throw Shell.Failed(argv: [script], ended: ended) }
  }

  private struct Missing: Error, CustomStringConvertible {
    var reason: String
    var description: String { "\(reason), and BGRUN_REQUIRE_DOCKER=1 says that there must be" }
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test with a notice if no Docker engine answers; in CI the test fails instead.
  static var requiresDocker: Self {
    .enabled(
      if: DockerEngine.obstacle == nil || DockerEngine.isRequired,
      Comment(rawValue: DockerEngine.obstacle ?? "needs a Docker engine"))
  }
}

/// Everything that deploys to a real engine: each test in a project of its own, some at once.
@Suite("Docker", .requiresDocker)
struct DockerTests {}
