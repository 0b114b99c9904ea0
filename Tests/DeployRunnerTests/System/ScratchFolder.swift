import DeployDSL
import Foundation

@testable import DeployRunner

/// A folder of a test's own, removed at its end.
final class ScratchFolder: Sendable {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appendingPathComponent("bgrun-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var stateFolder: String { "\(path)/.bgrun" }

  func state(of application: String = "grafana") throws -> StateFolder {
    try StateFolder.prepare(at: stateFolder, application: application)
  }

  /// The permissions of something inside.
  func mode(of name: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int
  }
}

/// The failure that something throws, if it throws one.
func failure(of body: () throws -> Void) -> DeployError? {
  do {
    try body()
    return nil
  } catch {
    return error as? DeployError
  }
}
