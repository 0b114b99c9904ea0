import DeployRunner
import Synchronization

/// The host of a plan: its program is copied there once, and started there.
struct RemoteHost: Sendable {
  /// How long a whole command, or copying the program, may take.
  private static let patience: Duration = .seconds(1800)
  /// The variable that names the folder of programs on hosts.
  private static let cacheVariable = "BGRUN_ON_CACHE"

  let client: SSHClient
  let program: StandaloneProgram
  /// The project's folder there.
  let project: String
  /// Tells the user what is done.
  let tell: @Sendable (String) -> Void

  private var cache: String { Paths.variable(Self.cacheVariable) ?? "" }

  private var start: [String] {
    HostScript.command(
      HostScript.start, cache, program.identity, project, ThisHost.architecture, HostEnd.word)
  }

  /// Runs a command line of the tool there; its output comes out here.
  ///
  /// - Returns: its exit status.
  func run(_ command: HostCommand, _ output: Output) async throws -> Int32 {
    try await run(command) { line in
      let text = line.text + (line.isContinued ? "" : "\n")
      if line.stream == .output { output.write(text) } else { output.complain(text) }
    }
  }

  /// Runs a command line of the tool there.
  ///
  /// - Returns: its exit status.
  func run(
    _ command: HostCommand, print: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> Int32 {
    let request = HostRequest.command(command).jsonLine + [UInt8(ascii: "\n")]
    for _ in 0..<2 {
      let said = Said()
      let result = try await client.run(start, input: request, timeout: Self.patience) { line in
        guard said.word == "ready" else { return said.hear(line) }
        print(line)
      }
      guard let word = said.word else { throw client.failure(result.errors) }
      if word == "ready" {
        // ssh's own status if the connection is lost.
        guard result.status != 255 else { throw client.failure(result.errors) }
        return result.status
      }
      if word == "missing" { try await copy() } else { throw problem(word, said.rest) }
    }
    throw problem("missing", "")
  }

  /// What the host's shell says before the program speaks.
  private final class Said: Sendable {
    private let state = Mutex<(word: String, rest: String)?>(nil)
    var word: String? { state.withLock { $0?.word } }
    var rest: String { state.withLock { $0?.rest ?? "" } }
    func hear(_ line: OutputLine) {
      guard line.stream == .output, let said = HostScript.said(line.text) else { return }
      state.withLock { $0 = said }
    }
  }

  /// Starts the host's end of a session.
  func open() async throws -> SSHChannel {
    for _ in 0..<2 {
      let channel = try client.open(start)
      // Also a connection that hangs, or a login shell that does, ends. Unstructured, because this
      // function waits for a line meanwhile; it is cancelled with that wait.
      let limit = Task {
        try await Task.sleep(for: SSHClient.patience)
        channel.end()
      }
      defer { limit.cancel() }
      var said: (word: String, rest: String)?
      for await line in channel.lines {
        said = HostScript.said(line)
        if said != nil { break }
      }
      guard let said else {
        throw client.failure(
          channel.problems.isEmpty
            ? "its shell started nothing within \(SSHClient.patience.inRecord)"
            : channel.problems.joined(separator: "\n"))
      }
      if said.word == "ready" { return channel }
      channel.end()
      if said.word == "missing" { try await copy() } else { throw problem(said.word, said.rest) }
    }
    throw problem("missing", "")
  }

  /// Copies the program there.
  private func copy() async throws {
    guard let bytes = Files.read(program.path) else {
      throw ToolError("\(program.path) cannot be read", fix: "run the command again")
    }
    tell(
      "copying the plan's program to \(client.place.destination), once (\(bytes.count >> 20) MB)")
    let command = HostScript.command(
      HostScript.store, cache, program.identity, "\(bytes.count)")
    let result = try await client.run(command, input: bytes, timeout: Self.patience)
    let said = result.output.split(separator: "\n").lazy.compactMap { HostScript.said(String($0)) }
      .first
    guard let said else { throw client.failure(result.errors) }
    guard said.word == "stored" else { throw problem(said.word, said.rest, result.errors) }
  }

  /// Why the program cannot run there.
  private func problem(_ word: String, _ rest: String, _ errors: String = "") -> ToolError {
    let host = client.place.destination
    let reason = errors.split(whereSeparator: \.isNewline).last.map { ": \($0)".showable } ?? ""
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
      case "nocache":
        ("\(rest.showable) on \(host) is not a folder of the user's own\(reason)", elsewhere)
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
