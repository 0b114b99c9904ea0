import DeployDSL
import DeployRunner

/// A node of a Swarm over the user's OpenSSH: whatever it is asked is a command there, of a POSIX shell,
/// docker and curl. Its commands carry no variables, so no secrets travel.
struct SSHHost: DockerHost {
  private static let read = """
    p=$(cd -- "$(dirname -- "$1")" 2>/dev/null && pwd -P) && p=$p/$(basename -- "$1") || p=$1
    if [ -f "$p" ]; then kind=file; elif [ -d "$p" ]; then kind=directory; else kind=missing; fi
    now=$(date +%s); changed=$(stat -Lc %Y -- "$p" 2>/dev/null || echo "$now")
    printf '%s\\n%s\\n%s\\n%s\\n' "$kind" "$((now - changed))" "$p" "$(readlink -- "$p")"
    if [ "$kind" = file ]; then base64 <"$p"; fi
    """
  /// Beside the file, hidden and without the suffix `.conf`, so that nginx never includes it.
  private static let rename = """
    t=$(dirname -- "$1")/.$(basename -- "$1").bgrun-$$
    trap 'rm -f -- "$t"' EXIT
    [ ! -e "$1" ] || cp -p -- "$1" "$t"
    cat >"$t" && [ "$(wc -c <"$t")" -eq "$2" ] && sync && mv -f -- "$t" "$1"
    """
  private static let inPlace = """
    cat >"$1" && [ "$(wc -c <"$1")" -eq "$2" ] && sync
    """

  let client: SSHClient

  func run(
    _ command: Command, in folder: String, timeout: Duration,
    output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> CommandResult {
    try await run(command.argv, timeout, output)
  }

  func get(_ url: String, host: String?, timeout: Duration) async throws -> HTTPAnswer {
    let seconds = max(1, Int(timeout.inSeconds.rounded(.up)))
    let result = try await run(
      CurlCommand.inside(url, host: host, within: seconds), timeout + .seconds(5))
    if let answer = CurlCommand.answerInside(result) { return answer }
    // Only a refused connection is conclusive.
    let reason = result.errors.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    throw result.status == 7
      ? OperationError.refused(reason: reason)
      : OperationError.noAnswer(reason: reason.isEmpty ? "no answer from \(url)" : reason)
  }

  func connect(to host: String, port: Int, timeout: Duration) async throws {
    throw OperationError.noAnswer(reason: "\(client.place.destination) is asked over HTTP only")
  }

  func read(
    _ path: String, in folder: String, timeout: Duration
  ) async throws -> FileSnapshot {
    let path = Paths.path(path, in: folder)
    let result = try await run(HostScript.command(Self.read, path), timeout)
    let lines = result.output.split(
      separator: "\n", maxSplits: 4, omittingEmptySubsequences: false
    ).map(String.init)
    guard result.succeeded, lines.count == 5, let age = Int(lines[1]),
      let data = Data(base64Encoded: lines[4], options: .ignoreUnknownCharacters)
    else { throw OperationError.file(path: path, reason: result.errors.trimmed) }
    let content: FileSnapshot.Content =
      switch lines[0] {
      case "file": .file(Array(data))
      case "directory": .directory
      default: .missing
      }
    return FileSnapshot(
      path: lines[2], content: content, age: .seconds(max(0, age)),
      link: lines[3].isEmpty ? nil : lines[3])
  }

  func write(_ file: FileWrite, in folder: String, timeout: Duration) async throws {
    let path = Paths.path(file.path, in: folder)
    let script = file.method == .rename ? Self.rename : Self.inPlace
    let result = try await run(
      HostScript.command(script, path, "\(file.bytes.count)"), input: file.bytes, timeout)
    guard result.succeeded else {
      throw OperationError.file(path: path, reason: result.errors.trimmed)
    }
  }

  /// Runs a command there; what outlives its time limit is ended there, too.
  private func run(
    _ argv: [String], input: [UInt8] = [], _ timeout: Duration,
    _ output: @escaping @Sendable (OutputLine) -> Void = { _ in }
  ) async throws -> CommandResult {
    let seconds = Int(timeout.inSeconds.rounded(.up)) + 1
    let result: CommandResult
    do {
      result = try await client.run(
        ["timeout", "-k", "5", "\(seconds)"] + argv, input: input, timeout: timeout, output: output)
    } catch let error as ToolError {
      throw OperationError.noAnswer(reason: error.message)
    }
    // ssh's own: the command has not run, or its end is unknown.
    guard result.status != 255 else {
      throw OperationError.noAnswer(reason: client.failure(result.errors).message)
    }
    return result
  }
}

extension String {
  /// On one line.
  fileprivate var trimmed: String { split(whereSeparator: \.isNewline).joined(separator: ": ") }
}
