import DeployRunner

/// The system's OpenSSH client with the user's configuration: all commands share one connection.
struct SSHClient: Sendable {
  /// How long a connection, and then the host's login shell, may take to come up.
  static let patience: Duration = .seconds(40)
  /// How the reason begins if the host's login shell ends too early.
  static let shellEnded = "its shell ended"
  /// How long one command may take.
  private static let limit: Duration = .seconds(7 * 24 * 3600)

  let place: RemotePlace
  private let program: String
  private let socket: String
  /// Without the secrets of the plan: the user's configuration may send variables to the host.
  private let environment: [String: String]

  /// - Parameters:
  ///   - hidden: the names of variables that the client does not get.
  ///   - path: the folders in which it is looked for.
  init(
    to place: RemotePlace, hiding hidden: Set<String>, in path: String? = Paths.variable("PATH")
  ) throws(ToolError) {
    self.place = place
    guard
      let program = (path ?? "/usr/bin:/bin").split(separator: ":")
        .map({ "\($0)/ssh" as String }).first(where: { access($0, X_OK) == 0 })
    else {
      throw ToolError(
        "there is no ssh on the PATH, and --on needs it", fix: "install OpenSSH's client",
        code: .environment)
    }
    self.program = program
    // Short, because a socket's path has at most 104 bytes, and not in a folder of others.
    let folder = "/tmp/bgrun-\(geteuid())"
    guard Files.makeFolder(folder), Files.isOwn(folder),
      let status = Files.status(folder), status.isFolder, status.mode & 0o077 == 0
    else {
      throw ToolError(
        "\(folder) is not a private folder of this user, but the connection's socket lies there",
        fix: "remove it: `sudo rm -r \(folder)`", code: .environment)
    }
    socket = "\(folder)/\(getpid())-\(UInt16.random(in: 0 ... .max))"
    environment = ChildProcess.inheritedEnvironment().filter { !hidden.contains($0.key) }
  }

  /// The command line that runs a command on the host.
  ///
  /// The user's configuration decides how to connect and whom to trust; it must not make this a
  /// session of another kind.
  private func argv(_ command: [String]) -> [String] {
    let settings = [
      "BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3",
      "ControlMaster=auto", "ControlPath=\(socket)", "ControlPersist=30", "Compression=yes",
      "RequestTTY=no", "RemoteCommand=none", "ClearAllForwardings=yes",
    ]
    return [program] + settings.flatMap { ["-o", $0] }
      + ["--", place.destination, Self.quoted(command)]
  }

  /// A command for a POSIX shell: the only place where one is quoted.
  static func quoted(_ argv: [String]) -> String {
    argv.map { "'\($0.replacing("'", with: #"'\''"#))'" }.joined(separator: " ")
  }

  /// Runs a command on the host to its end.
  ///
  /// - Throws: ``ToolError`` if ssh cannot be started or takes too long; `CancellationError`.
  func run(
    _ command: [String], input: [UInt8], timeout: Duration,
    output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult {
    // The connection outlives its first command.
    let child = ChildProcess(
      path: program, argv: argv(command), environment: environment, input: input,
      timeout: timeout, marksDescendants: false)
    do {
      let result = try await child.run(output: output)
      guard result.status == 255,
        Self.hasLostSharedConnection(result.errors.split(whereSeparator: \.isNewline))
      else { return result }
      return try await child.run(output: output)
    } catch let error as OperationError {
      guard case .timedOut = error else { throw failure("\(error)") }
      throw failure("it did not answer within \(timeout.inRecord)")
    }
  }

  /// Starts a command on the host.
  ///
  /// - Parameter input: its whole standard input; `nil` exchanges lines with it.
  func open(_ command: [String], input: [UInt8]? = nil) throws(ToolError) -> SSHChannel {
    try SSHChannel(
      ChildProcess(
        path: program, argv: argv(command), environment: environment, input: input,
        timeout: Self.limit, marksDescendants: false))
  }

  /// Ends the connection.
  func close() async {
    guard Files.exists(socket) else { return }
    _ = try? await ChildProcess(
      path: program,
      argv: [program, "-o", "ControlPath=\(socket)", "-O", "exit", "--", place.destination],
      environment: environment, timeout: .seconds(5), marksDescendants: false
    ).run { _ in }
    unlink(socket)
  }

  /// Whether ssh found the shared connection, but it ended before the command began there: then the
  /// command can be repeated, and ssh connects again.
  ///
  /// Source: OpenSSH's mux.c. If ssh cannot write its request, or cannot pass its files, it exits:
  /// `mux_client_request_session: write packet: Broken pipe`. If it cannot read the reply, it connects
  /// again automatically.
  static func hasLostSharedConnection(_ errors: some Sequence<some StringProtocol>) -> Bool {
    errors.contains {
      $0.hasPrefix("mux_client_")
        && ($0.contains(": write packet: ") || $0.hasSuffix(": send fds failed"))
    }
  }

  /// The connection does not work, for a reason that ssh or the system gives.
  func failure(_ reason: String) -> ToolError {
    let reason = reason.split(whereSeparator: \.isNewline).joined(separator: ": ").showable
    var fix = "`ssh \(place.destination)` must work without a question"
    if reason.hasPrefix(Self.shellEnded) {
      fix = "the user's login shell there must run commands: `ssh \(place.destination) true`"
    } else if reason.contains("Host key verification failed") {
      fix = "connect once yourself and check the host's key: `ssh \(place.destination)`"
    } else if reason.contains("Permission denied") {
      fix = "give ssh a key that \(place.destination) accepts, for example in an agent: `ssh-add`"
    } else if reason.contains("Could not resolve hostname") {
      fix = "check the name, or define it as a Host in ~/.ssh/config"
    } else if ["timed out", "refused", "No route to host", "unreachable"].contains(where: {
      reason.contains($0)
    }) {
      fix = "check that it is up, and that its firewall lets you in: `ssh -v \(place.destination)`"
    }
    return ToolError(
      "cannot reach \(place.destination): \(reason.isEmpty ? "the connection was lost" : reason)",
      fix: fix, code: .environment)
  }
}
