import BgrunTestSupport
import DeployRunner
import Foundation

@testable import bgrun

/// An `ssh` of a test's own: the host of each connection does what a list says.
final class FakeSSH: Sendable {
  /// What happens in one connection, in the words of a shell.
  ///
  /// `ready` stands for the host's program that was started, `hear` for a request that it reads;
  /// `say '…'` prints a reply.
  typealias Script = String

  let bench: Workbench

  init(_ connections: [Script]) throws {
    // As the tool does: a connection may have ended before all is sent.
    signal(SIGPIPE, SIG_IGN)
    bench = try Workbench()
    for (number, script) in connections.enumerated() {
      try bench.write("connection-\(number + 1)", Self.words + script + "\n")
    }
    let program = try bench.write(
      "ssh",
      """
      #!/bin/sh
      cd "$(dirname "$0")"
      number=$(($(cat count 2>/dev/null) + 1)); echo $number >count
      [ -f connection-$number ] || { echo 'ssh: connect to host web1: Connection refused' >&2; exit 255; }
      exec sh connection-$number "$@"

      """)
    chmod(program.path, 0o755)
  }

  private static let words = """
    ready() { printf '\\n\(HostScript.mark) ready\\n'; }
    hear() { IFS= read -r line && printf '%s\\n' "$line" >>heard; }
    say() { printf '%s\\n' "$1"; }

    """

  /// A reply as the words that print it.
  static func saying(_ reply: HostReply) -> String {
    "say '\(String(decoding: reply.jsonLine, as: UTF8.self))'\n"
  }

  /// How many connections were tried.
  var count: Int {
    let text = try? String(contentsOf: bench.folder.appending(path: "count"), encoding: .utf8)
    return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
  }

  /// The requests that hosts have read.
  var heard: [HostRequest] {
    let text = try? String(contentsOf: bench.folder.appending(path: "heard"), encoding: .utf8)
    return (text ?? "").split(separator: "\n").compactMap { HostRequest(jsonLine: $0.utf8) }
  }

  func host() throws -> RemoteHost {
    RemoteHost(
      client: try SSHClient(to: RemotePlace("web1"), hiding: [], in: bench.folder.path),
      program: bench.folder.appending(path: "ssh").path, identity: "0", project: "/srv"
    ) { _ in }
  }
}
