import DeployRunner
import Synchronization

/// The host of a plan: its program is copied there once, and started there.
struct RemoteHost: Sendable {
  /// How long copying the program may take.
  private static let patience: Duration = .seconds(1800)
  /// The variable that names the folder of programs on hosts.
  private static let cacheVariable = "BGRUN_ON_CACHE"

  let client: SSHClient
  /// The plan's program here, and what identifies it there.
  let program: String
  let identity: String
  /// The project's folder there.
  let project: String
  /// Tells the user what is done.
  let tell: @Sendable (String) -> Void

  private var cache: String { Paths.variable(Self.cacheVariable) ?? "" }

  private var start: [String] {
    HostScript.command(
      HostScript.start, cache, identity, project, ThisHost.architecture, HostEnd.word)
  }

  /// Runs a command line of the tool there; its output comes out here, and so do the user's files.
  ///
  /// - Returns: its exit status.
  func run(_ command: HostCommand, _ options: Options, _ output: Output) async throws -> Int32 {
    let files = Mutex<[UserFile]>([])
    let exitCode = try await run(command) { line in
      if line.stream == .errors {
        output.complain(line.text + "\n")
      } else if let file = UserFile(in: line.text, options) {
        files.withLock { $0.append(file) }
      } else {
        output.write(line.text + "\n")
      }
    }
    for file in files.withLock(\.self) { try file.write(output) }
    return exitCode
  }

  /// Runs a command line of the tool there.
  ///
  /// - Returns: its exit status.
  func run(_ command: HostCommand, print: @Sendable (OutputLine) -> Void) async throws -> Int32 {
    let channel = try await open()
    channel.send(HostRequest.command(command).jsonLine)
    channel.finish()
    for await line in channel.lines { print(line) }
    // ssh's own status if the connection is lost.
    guard let status = channel.status, status != 255 else {
      throw client.failure(channel.problems.suffix(1).joined())
    }
    return status
  }

  /// Starts the program there; what it is to do is sent next.
  func open() async throws -> SSHChannel {
    for _ in 0..<2 {
      let (channel, said) = try await heard(from: client.open(start), within: SSHClient.patience)
      if said.word == "ready" { return channel }
      channel.end()
      if said.word == "missing" { try await copy() } else { throw problem(said, "") }
    }
    throw problem(("missing", ""), "")
  }

  /// What the host's shell says before the program speaks: a login shell may print before it.
  private func heard(
    from channel: SSHChannel, within patience: Duration
  ) async throws -> (channel: SSHChannel, said: HostScript.Saying) {
    // Also a connection that hangs, or a login shell that does, ends. Unstructured, because this
    // function waits for a line meanwhile; it is cancelled with that wait.
    let limit = Task {
      try await Task.sleep(for: patience)
      channel.end()
    }
    defer { limit.cancel() }
    for await line in channel.lines where line.stream == .output {
      if let said = HostScript.said(line.text) { return (channel, said) }
    }
    throw client.failure(
      channel.problems.isEmpty
        ? "its shell started nothing within \(patience.inRecord)"
        : channel.problems.joined(separator: "\n"))
  }

  /// Copies the program there.
  private func copy() async throws {
    guard let bytes = Files.read(program) else {
      throw ToolError("\(program) cannot be read", fix: "run the command again")
    }
    tell(
      "copying the plan's program to \(client.place.destination), once (\(bytes.count >> 20) MB)")
    let command = HostScript.command(
      HostScript.store, cache, identity, "\(bytes.count)")
    let (channel, said) = try await heard(
      from: client.open(command, input: bytes), within: Self.patience)
    for await _ in channel.lines {}
    guard said.word == "stored" else { throw problem(said, channel.problems.last ?? "") }
  }

  /// Why the program cannot run there.
  private func problem(_ said: HostScript.Saying, _ error: String) -> ToolError {
    let (word, rest) = said
    let host = client.place.destination
    let reason = error.isEmpty ? "" : ": \(error)".showable
    let elsewhere =
      "choose another folder there: `\(Self.cacheVariable)=/srv/bgrun-programs bgrun …`"
    let (message, fix) =
      switch word {
      case "other":
        (
          "\(host) runs \(rest.showable), and the plan's program is for Linux "
            + ThisHost.architecture,
          "run bgrun on a Linux machine of the host's architecture"
        )
      case "noproc":
        (
          "/proc is not mounted on \(host), and programs in Swift need it",
          "mount it: `mount -t proc proc /proc`"
        )
      case "noexec":
        ("programs in \(rest.showable) cannot be run on \(host): it is mounted noexec", elsewhere)
      case "nofolder":
        ("the folder \(rest.showable) cannot be used on \(host)\(reason)", elsewhere)
      case "nocache":
        ("\(rest.showable) on \(host) is not a folder of the user's own", elsewhere)
      case "notstored":
        (
          "the plan's program cannot be copied into \(rest.showable) on \(host)\(reason)",
          "free some disk space there, or " + elsewhere
        )
      case "noproject":
        (
          "\(host) has no folder \(project)",
          "name the Compose project's folder there: --on \(host):/PATH"
        )
      default:
        (
          "the plan's program cannot be started on \(host): \(word)\(reason)",
          "run the command again"
        )
      }
    return ToolError(message, fix: fix, code: .environment)
  }
}
