import DeployDSL

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The docker CLI and Compose v2 on this machine, for one Compose project.
///
/// Commands are started as argv, never through a shell, with this process's environment. A
/// program without a slash is looked up in the absolute folders of `PATH`. Where the docker CLI
/// would only pass a question on to the engine of this machine, or a command on to Compose, that is
/// done without it.
public struct DockerExecutor: Executor {
  /// The folder of the Compose project: commands run in it and relative paths begin there.
  public let project: String
  private let environment: [String: String]
  private let files: HostFiles
  private let engine: EngineSocket?

  /// Makes an executor.
  ///
  /// - Parameter project: the folder that holds the Compose file. Default: the working folder.
  public init(project: String = ".") {
    self.init(project: project, environment: ChildProcess.inheritedEnvironment())
  }

  init(project: String, environment: [String: String]) {
    self.project = project
    self.environment = environment
    files = HostFiles(folder: project)
    let docker = Self.path(of: "docker", in: environment["PATH"])
    engine = docker.flatMap { DockerProgram(path: $0, environment: environment) }
      .flatMap(EngineSocket.init)
  }

  /// The machine's continuous clock.
  public var clock: any Clock<Duration> { ContinuousClock() }

  /// Never.
  public var isSimulated: Bool { false }

  /// The folder `.bgrun` in the project.
  public var stateFolder: String? { "\(project)/\(StateFolder.name)" }

  /// Performs one operation; see ``Executor/perform(_:output:)``.
  ///
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  public func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    switch operation.request {
    case .command(let command):
      return .command(try await run(command, timeout: operation.timeout, output: output))
    case .query(let query):
      if let answer = try await engine?.answer(query, timeout: operation.timeout) {
        return .answer(answer)
      }
      return query.answer(
        from: try await run(query.command, timeout: operation.timeout, output: output))
    case .http(let url, let host):
      return .http(try await HTTPProbe(url: url, name: host).get(timeout: operation.timeout))
    case .tcp(let host, let port):
      try await TCPProbe(host: host, port: port).connect(timeout: operation.timeout)
      return .done
    case .readFile(let path): return .file(try files.snapshot(of: path))
    case .writeFile(let file):
      try files.write(file)
      return .done
    }
  }

  private func run(
    _ command: Command, timeout: Duration, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult {
    guard let program = command.argv.first else {
      throw OperationError.cannotStart(program: "", reason: "no program is named")
    }
    let inherited = environment.filter { !command.unset.contains($0.key) }
    let variables = inherited.merging(command.environment.mapValues(\.text)) { $1 }
    guard let path = Self.path(of: program, in: variables["PATH"]) else {
      throw OperationError.cannotStart(program: program, reason: "not found in PATH")
    }
    var start = (path: path, argv: command.argv, environment: variables)
    // Another executor may have put something before it, such as sudo.
    if let mark = command.mark, let exec = command.argv.firstRange(of: ["docker", "exec"]) {
      start.argv.insert(
        contentsOf: ["--env", "\(DockerCLI.marker)=\(mark)"], at: exec.upperBound)
    }
    if command.argv.starts(with: ["docker", "compose"]),
      let docker = DockerProgram(path: path, environment: variables),
      let compose = ComposePlugin(of: docker)
    {
      start.path = compose.path
      (start.argv, start.environment) = compose.start(command.argv, variables)
    }
    let child = ChildProcess(
      path: start.path, argv: start.argv,
      environment: start.environment, directory: project,
      input: command.input.map { Array($0.text.utf8) }, timeout: timeout)
    return try await child.run(output: output)
  }

  private static func path(of program: String, in searchPath: String?) -> String? {
    // The child is in the project folder already when it looks for a relative path.
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

extension Executor where Self == DockerExecutor {
  /// The docker CLI and Compose v2 on this machine.
  ///
  /// - Parameter project: the folder that holds the Compose file. Default: the working folder.
  public static func docker(project: String = ".") -> DockerExecutor {
    DockerExecutor(project: project)
  }
}
