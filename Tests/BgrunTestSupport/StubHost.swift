package import DeployDSL
package import DeployRunner

/// A host of which a test needs only some operations, at least to run commands.
package protocol StubHost: DockerHost {}

extension StubHost {
  package func get(_ url: String, host: String?, timeout: Duration) async throws -> HTTPAnswer {
    throw OperationError.noAnswer(reason: "nothing is there")
  }

  package func connect(to host: String, port: Int, timeout: Duration) async throws {
    throw OperationError.noAnswer(reason: "nothing is there")
  }

  package func read(
    _ path: String, in folder: String, timeout: Duration
  ) async throws -> FileSnapshot {
    FileSnapshot(path: path, content: .missing)
  }

  package func write(_ file: FileWrite, in folder: String, timeout: Duration) async throws {}
}
