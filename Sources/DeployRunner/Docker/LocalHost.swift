import BgrunSystem
public import DeployDSL

/// This machine.
///
/// A program name without a slash is looked up in the absolute folders of `PATH`.
public struct LocalHost: DockerHost {
  private let environment: [String: String]

  /// Creates this machine, with the environment of this process.
  public init() { self.init(environment: ChildProcess.inheritedEnvironment()) }

  init(environment: [String: String]) { self.environment = environment }

  /// Runs a command directly, never through a shell.
  ///
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  public func run(
    _ command: Command, in folder: String, timeout: Duration,
    output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult {
    guard let program = command.argv.first else {
      throw OperationError.cannotStart(program: "", reason: "no program given")
    }
    let inherited = environment.filter { !command.unset.contains($0.key) }
    let variables = inherited.merging(command.environment.mapValues(\.text)) { $1 }
    guard let path = Self.path(of: program, in: variables["PATH"]) else {
      throw OperationError.cannotStart(program: program, reason: "not found in PATH")
    }
    var start = (path: path, argv: command.argv, environment: variables)
    if command.argv.starts(with: ["docker", "compose"]),
      let docker = DockerProgram(path: path, environment: variables),
      let compose = ComposePlugin(of: docker)
    {
      start.path = compose.path
      (start.argv, start.environment) = compose.start(command.argv, variables)
    }
    let child = ChildProcess(
      path: start.path, argv: start.argv, environment: start.environment, directory: folder,
      input: command.input.map { Array($0.text.utf8) }, timeout: timeout)
    return try await child.run(output: output)
  }

  /// Sends an HTTP GET.
  ///
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  public func get(_ url: String, host: String?, timeout: Duration) async throws -> HTTPAnswer {
    try await HTTPProbe(url: url, name: host).get(timeout: timeout)
  }

  /// Opens a connection and closes it.
  ///
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  public func connect(to host: String, port: Int, timeout: Duration) async throws {
    try await TCPProbe(host: host, port: port).connect(timeout: timeout)
  }

  /// Reads what is at a path.
  ///
  /// - Throws: ``OperationError/file(path:reason:)``.
  public func read(
    _ path: String, in folder: String, timeout: Duration
  ) async throws -> FileSnapshot {
    try await BlockingThread.run { _ in
      Result { try HostFiles(folder: folder).snapshot(of: path) }
    }
  }

  /// Writes a file.
  ///
  /// - Throws: ``OperationError/file(path:reason:)``.
  public func write(_ file: FileWrite, in folder: String, timeout: Duration) async throws {
    try await BlockingThread.run { _ in Result { try HostFiles(folder: folder).write(file) } }
  }

  /// The socket of the engine that the docker CLI would use; `nil` if the CLI must be used.
  var engine: EngineSocket? {
    Self.path(of: "docker", in: environment["PATH"])
      .flatMap { DockerProgram(path: $0, environment: environment) }
      .flatMap(EngineSocket.init)
  }

  private static func path(of program: String, in searchPath: String?) -> String? {
    // A relative path is resolved by the child, in the project folder.
    if program.contains("/") { return program }
    let folders = (searchPath ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
    for folder in folders where folder.hasPrefix("/") {
      let candidate = "\(folder)/\(program)"
      var status = stat()
      guard stat(candidate, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      if access(candidate, X_OK) == 0 { return candidate }
    }
    return nil
  }
}
