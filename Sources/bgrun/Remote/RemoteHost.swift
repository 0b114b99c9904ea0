import DeployRunner
import Synchronization

/// The host of a plan: its program is copied there once, and started there.
struct RemoteHost: Sendable {
  /// How long copying the program may take.
  private static let patience: Duration = .seconds(1800)
  /// How many lines that the host's shell has printed are told.
  private static let mostLines = 5
  /// The program ended before it was ready.
  private static let silent = "silent"
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
      HostScript.start, cache, identity, project, ThisHost.architecture, "\(size)", HostEnd.word)
  }

  /// The program's size in bytes.
  private var size: Int {
    var status = stat()
    return stat(program, &status) == 0 ? Int(status.st_size) : 0
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
    // Its input stays open as long as this process lives: the host's program ends with it.
    defer { channel.end() }
    channel.send(HostRequest.command(command).jsonLine)
    for await line in channel.lines { print(line) }
    // ssh's own status if the connection is lost.
    guard let status = channel.status, status != 255 else {
      throw client.failure(channel.problems.suffix(1).joined())
    }
    return status
  }

  /// Starts the program there; what it is to do is sent next.
  func open() async throws -> SSHChannel {
    var isCopied = false
    while true {
      let (channel, said) = try await heard(from: start, within: SSHClient.patience)
      if said.word == "ready" { return channel }
      channel.end()
      // One that says nothing may be damaged.
      guard said.word == "missing" || said.word == Self.silent, !isCopied else {
        throw problem(said, channel.problems.last ?? "")
      }
      try await copy()
      isCopied = true
    }
  }

  /// What the host's shell says before the program speaks: a login shell may print before it.
  ///
  /// - Parameter connects: connects again if the connection of the earlier commands has just ended.
  private func heard(
    from command: [String], input: [UInt8]? = nil, within patience: Duration, connects: Bool = true
  ) async throws -> (channel: SSHChannel, said: HostScript.Saying) {
    let channel = try client.open(command, input: input)
    // Also a connection that hangs, or a login shell that does, ends. Unstructured, because this
    // function waits for a line meanwhile; it is cancelled with that wait.
    let isLate = Shared(false)
    let limit = Task {
      try await Task.sleep(for: patience)
      isLate.withLock { $0 = true }
      channel.end()
    }
    defer { limit.cancel() }
    var (printed, hasStarted) = ([String](), false)
    for await line in channel.lines where line.stream == .output {
      guard let said = HostScript.said(line.text) else {
        if printed.count < Self.mostLines, !line.text.isEmpty { printed.append(line.text) }
        continue
      }
      guard said.word == "starting" else { return (channel, said) }
      hasStarted = true
    }
    let (status, problems) = (channel.status, channel.problems)
    if hasStarted, let status, status != 255 { return (channel, (Self.silent, "\(status)")) }
    // A shared connection that ends behind the request ends ssh without a word. What may have begun
    // there all the same holds the application's lock.
    let isSilent = problems.isEmpty && printed.isEmpty && !hasStarted && !isLate.value
    if connects, status == 255, isSilent || SSHClient.hasLostSharedConnection(problems) {
      return try await heard(from: command, input: input, within: patience, connects: false)
    }
    let shell =
      isLate.value
      ? "its shell started nothing within \(patience.inRecord)"
      : status.map { "\(SSHClient.shellEnded) with exit code \($0) and started nothing" }
    // What ssh itself says needs no more words.
    let isFromSSH = !isLate.value && (status == nil || status == 255)
    throw client.failure(
      ((isFromSSH ? [] : [shell].compactMap(\.self) + printed) + problems).joined(separator: "\n"))
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
    let (channel, said) = try await heard(from: command, input: bytes, within: Self.patience)
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
          "mount it: `sudo mount -t proc proc /proc`"
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
      case Self.silent:
        (
          "the plan's program was copied to \(host), but ends there with exit code "
            + "\(rest.showable) as soon as it is started\(reason)",
          "if it was built with --dynamic, install its C libraries there; else see its output: "
            + "`ssh \(host) '~/.cache/bgrun/programs/\(identity) --version'`"
        )
      case "noproject":
        (
          "\(host) has no folder \(project)",
          "name the Compose project's folder there: --on \(client.place.text(in: "/PATH"))"
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
