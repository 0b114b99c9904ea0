import BgrunTestSupport
import DeployRunner
import Foundation
import Synchronization
import Testing

@testable import bgrun

@Suite("A run on another host, followed", .timeLimit(.minutes(10)))
struct RemoteRunTests {
  private let id = RunID()
  private let ready: String

  init() { ready = "ready; hear\n" + FakeSSH.saying(.ready(run: id)) + "hear\n" }

  private final class Shown: Sendable {
    let notices = Mutex<[String]>([])
    func put(_ item: RemoteRun.Item) {
      if case .notice(let text) = item { notices.withLock { $0.append(text) } }
    }
  }

  private func run(
    _ ssh: FakeSSH, _ aim: RemoteRun.Aim = .start, shown: Shown = Shown(),
    clock: SteppedClock = SteppedClock()
  ) throws -> RemoteRun {
    RemoteRun(
      on: try ssh.host(), HostCommand(arguments: ["deploy"], plan: "p", caller: "ann@laptop"), aim,
      secrets: { [] }, put: shown.put, clock: clock)
  }

  @Test func `a start that was not confirmed is looked for, not repeated`() async throws {
    let ssh = try FakeSSH([
      ready + "exit 255",
      "ready; hear\n" + FakeSSH.saying(.started(id)) + FakeSSH.saying(.ended(exitCode: 3)),
    ])
    #expect(try await run(ssh).follow() == 3)
    let requests = ssh.heard
    try #require(requests.count == 3)
    guard case .run(_, nil, from: 0) = requests[0], case .start = requests[1],
      case .run(_, id, from: 0) = requests[2]
    else { throw Failed(requests: requests) }
  }

  private struct Failed: Error { var requests: [HostRequest] }

  @Test func `a connection that ended before the start was asked for started nothing`() async throws
  {
    let ssh = try FakeSSH(["ready; hear; echo 'client_loop: send disconnect' >&2; exit 255"])
    let error = await #expect(throws: ToolError.self) { try await run(ssh).follow() }
    #expect(error?.message.contains("client_loop: send disconnect; nothing was started") == true)
    #expect(ssh.count == 1)
  }

  @Test func `a connection that does not come back within a minute leaves the run alone`()
    async throws
  {
    let ssh = try FakeSSH([ready + FakeSSH.saying(.started(id)) + "exit 255"])
    let (shown, clock) = (Shown(), SteppedClock())
    let run = try run(ssh, shown: shown, clock: clock)
    #expect(try await run.follow() == ExitCode.outOfSight.rawValue)
    #expect(run.run == id)
    #expect(clock.now.offset >= .seconds(60) && clock.now.offset < .seconds(66))
    #expect(shown.notices.withLock { $0.count } == 1)
  }

  @Test func `one that comes back is told, and the rest is read from there`() async throws {
    let ssh = try FakeSSH([
      ready + FakeSSH.saying(.started(id)) + "exit 255", "exit 255", "exit 255",
      "ready; hear\n" + FakeSSH.saying(.started(id)) + FakeSSH.saying(.ended(exitCode: 0)),
    ])
    let shown = Shown()
    #expect(try await run(ssh, shown: shown).follow() == 0)
    #expect(shown.notices.withLock { $0.last } == "connected to web1 again")
  }

  @Test(
    "a host that cannot be reached is told with what to do",
    arguments: [
      ("ssh: connect to host web1 port 22: Connection timed out", "firewall lets you in"),
      ("Connection timed out during banner exchange", "firewall lets you in"),
      ("ssh: Could not resolve hostname web1: Name or service not known", "as a Host in"),
      ("ann@web1: Permission denied (publickey).", "`ssh-add`"),
      ("Host key verification failed.", "check the host's key"),
    ])
  func unreachable(said: String, fix: String) async throws {
    let ssh = try FakeSSH(["echo '\(said)' >&2; exit 255"])
    let error = await #expect(throws: ToolError.self) { try await run(ssh).follow() }
    #expect(error?.code == .environment)
    #expect(error?.message == "cannot reach web1: \(said)")
    #expect(error?.fix?.contains(fix) == true)
  }

  @Test func `a command's words and long lines arrive whole`() async throws {
    let ssh = try FakeSSH(["ready; hear; head -c 300000 /dev/zero | tr '\\0' x; echo; exit 7"])
    let words = ["--set=a=b 'c' \"$d\"\n*ü漢"]
    let status = try await ssh.host().run(
      HostCommand(arguments: words, plan: "p", caller: "ann@laptop"), Options(),
      Output(color: .never))
    #expect(status == 7)
    guard case .command(let heard)? = ssh.heard.first else { throw Failed(requests: ssh.heard) }
    #expect(heard.arguments == words)
  }

  // MARK: The host's cache

  @Test func `the host keeps the ten programs that were used last`() async throws {
    let bench = try Workbench()
    func store(_ name: String) async throws {
      let ended = try await bench.run(
        [
          "/bin/sh", "-c", "printf x | sh -c \"$0\" bgrun \"$1\" \"$2\" 1", HostScript.store,
          bench.cache.path, name,
        ])
      #expect(ended.output.contains("stored"), "\(ended)")
      // One a second, so that their order is known.
      let age = try #require(Int(name)) - 100
      _ = try await bench.run(["/bin/touch", "-d", "\(age) hours", "\(bench.cache.path)/\(name)"])
    }
    for number in 1...12 { try await store("\(number)") }
    let left = try FileManager.default.contentsOfDirectory(atPath: bench.cache.path)
    #expect(Set(left) == Set((3...12).map(String.init)))
  }
}
