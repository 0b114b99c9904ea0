public import DeployDSL

/// A machine with a Docker engine, as ``DockerExecutor`` uses it.
///
/// ``LocalHost`` is this machine. Implement your own to reach another one, for example over SSH. On
/// a timeout, or when the calling task is cancelled, a method must stop what it started before it
/// throws.
public protocol DockerHost: Sendable {
  /// Runs a command in a folder and waits for it to exit.
  ///
  /// - Throws: ``OperationError`` if it cannot be started or times out; `CancellationError`.
  func run(
    _ command: Command, in folder: String, timeout: Duration,
    output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult

  /// Sends an HTTP GET to an `http://` URL; `host` is the Host header, if it is not the URL's own.
  ///
  /// - Throws: ``OperationError/noAnswer(reason:)``, ``OperationError/refused(reason:)`` or
  ///   ``OperationError/closed(reason:)``; `CancellationError`.
  func get(_ url: String, host: String?, timeout: Duration) async throws -> HTTPAnswer

  /// Opens a connection and closes it.
  ///
  /// - Throws: ``OperationError/noAnswer(reason:)`` or ``OperationError/refused(reason:)``;
  ///   `CancellationError`.
  func connect(to host: String, port: Int, timeout: Duration) async throws

  /// Reads what is at a path; a relative path is resolved against `folder`.
  ///
  /// - Throws: ``OperationError/file(path:reason:)``.
  func read(_ path: String, in folder: String, timeout: Duration) async throws -> FileSnapshot

  /// Writes a file so that readers see the old or the new content; a relative path is resolved
  /// against `folder`.
  ///
  /// - Throws: ``OperationError/file(path:reason:)``.
  func write(_ file: FileWrite, in folder: String, timeout: Duration) async throws
}
