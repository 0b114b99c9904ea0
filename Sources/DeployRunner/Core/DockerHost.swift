public import DeployDSL

/// A machine with a Docker engine: what ``DockerExecutor`` needs of it.
///
/// ``LocalHost`` is this machine. One of your own reaches another, for example by ssh. Whatever is
/// cut off, by a timeout or by the cancellation of the calling task, is ended first.
public protocol DockerHost: Sendable {
  /// Starts a command in a folder and waits for its end.
  ///
  /// - Throws: ``OperationError`` if it cannot be started or its time is up; `CancellationError`.
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

  /// Says what lies at a path; a relative one begins at a folder.
  ///
  /// - Throws: ``OperationError/file(path:reason:)``.
  func read(_ path: String, in folder: String, timeout: Duration) async throws -> FileSnapshot

  /// Writes a file so that a reader sees old or new content; a relative path begins at a folder.
  ///
  /// - Throws: ``OperationError/file(path:reason:)``.
  func write(_ file: FileWrite, in folder: String, timeout: Duration) async throws
}
