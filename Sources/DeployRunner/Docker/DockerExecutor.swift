/// Runs the docker CLI and Compose v2 on a host, for one Compose project.
///
/// It queries this machine's engine directly where the docker CLI would only forward the query.
public struct DockerExecutor: Executor {
  /// The folder of the Compose project: the working folder of commands and the base of relative
  /// paths.
  package let project: String
  /// The folder on this machine for locks and journals.
  public let stateFolder: String?
  private let host: any DockerHost
  private let engine: EngineSocket?
  private let isLocal: Bool

  /// Creates an executor for a project on this machine, with the state folder `.bgrun` in the
  /// project.
  ///
  /// - Parameter project: the folder that holds the Compose file. Default: the working folder.
  public init(project: String = ".") { self.init(project: project, on: LocalHost()) }

  /// Creates an executor for a project on another machine.
  ///
  /// - Parameters:
  ///   - project: the folder there that holds the Compose file.
  ///   - host: the machine.
  ///   - stateFolder: the folder on this machine for locks and journals; `nil` stores nothing.
  public init(project: String, host: some DockerHost, stateFolder: String?) {
    self.project = project
    self.stateFolder = stateFolder
    self.host = host
    engine = (host as? LocalHost)?.engine
    isLocal = host is LocalHost
  }

  init(project: String, on host: LocalHost) {
    self.init(project: project, host: host, stateFolder: StateFolder.path(ofProject: project))
  }

  /// The machine's continuous clock.
  public var clock: any Clock<Duration> { ContinuousClock() }

  /// Always `false`.
  public var isSimulated: Bool { false }

  /// Performs one operation; see ``Executor/perform(_:output:)``.
  ///
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  public func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    let timeout = operation.timeout
    switch operation.request {
    case .command(let command):
      return .command(
        try await host.run(command, in: project, timeout: timeout, output: output))
    case .call(let call):
      if let answer = try await engine?.answer(call, timeout: timeout) { return .answer(answer) }
      if isLocal, let table = HostProcesses.answer(call) {
        return .answer(HostAnswer(.processes(table)))
      }
      if isLocal, case .probes(let probing) = call.kind, let loop = ProbeLoop(probing) {
        try await loop.run { output(CurlCommand.line(of: $0)) }
        return .done
      }
      return call.answer(
        from: try await host.run(
          Self.marked(call.command), in: project, timeout: timeout, output: output))
    case .http(let url, let name):
      return .http(try await host.get(url, host: name, timeout: timeout))
    case .tcp(let address, let port):
      try await host.connect(to: address, port: port, timeout: timeout)
      return .done
    case .readFile(let path):
      return .file(try await host.read(path, in: project, timeout: timeout))
    case .writeFile(let file):
      try await host.write(file, in: project, timeout: timeout)
      return .done
    }
  }

  /// The command with the variable that marks its processes in the container.
  private static func marked(_ command: Command) -> Command {
    // A wrapping executor may have added a prefix, such as sudo.
    guard let mark = command.mark, let exec = command.argv.firstRange(of: ["docker", "exec"]) else {
      return command
    }
    var copy = command
    copy.argv.insert(contentsOf: ["--env", "\(DockerCLI.marker)=\(mark)"], at: exec.upperBound)
    return copy
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
