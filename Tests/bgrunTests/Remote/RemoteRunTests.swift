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
    #expect(run.silence?.hasPrefix("no news from web1 for 6") == true, "\(run.silence ?? "")")
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

  @Test(arguments: [
    ("ssh: connect to host web1 port 22: Connection timed out", "firewall lets you in"),
    ("Connection timed out during banner exchange", "firewall lets you in"),
    ("ssh: Could not resolve hostname web1: Name or service not known", "as a Host in"),
    ("ann@web1: Permission denied (publickey).", "`ssh-add`"),
    ("Host key verification failed.", "check the host's key"),
  ])
  func `a host that cannot be reached is told with what to do`(said: String, fix: String)
    async throws
  {
    let ssh = try FakeSSH(["echo '\(said)' >&2; exit 255"])
    let error = await #expect(throws: ToolError.self) { try await run(ssh).follow() }
    #expect(error?.code == .environment)
    #expect(error?.message == "cannot reach web1: \(said)")
    #expect(error?.fix?.contains(fix) == true)
  }

  private static let brokenPipe =
    "echo 'mux_client_request_session: write packet: Broken pipe' >&2; exit 255"

  @Test(arguments: [brokenPipe, "exit 255"])
  func `a shared connection that has just ended is made again`(ending: String) async throws {
    let ssh = try FakeSSH([
      ending, ready + FakeSSH.saying(.started(id)) + FakeSSH.saying(.ended(exitCode: 0)),
    ])
    #expect(try await run(ssh).follow() == 0)
    #expect(ssh.count == 2)
  }

  @Test(arguments: [("write packet: Broken pipe", 2), ("read from master failed: Broken pipe", 1)])
  func `so it is for a single command, if that has not begun`(said: String, connections: Int)
    async throws
  {
    let ssh = try FakeSSH(["echo 'mux_client_request_session: \(said)' >&2; exit 255", "echo done"])
    let result = try await ssh.host().client.run(["true"], input: [], timeout: .seconds(60)) { _ in
    }
    #expect(ssh.count == connections)
    #expect(result.status == (connections == 2 ? 0 : 255))
  }

  @Test func `one that ends again is told`() async throws {
    let ssh = try FakeSSH([Self.brokenPipe, Self.brokenPipe, ready])
    let error = await #expect(throws: ToolError.self) { try await run(ssh).follow() }
    #expect(error?.message.hasSuffix("write packet: Broken pipe") == true)
    #expect(ssh.count == 2)
  }

  @Test func `a login shell that ends is told with what it printed`() async throws {
    let ssh = try FakeSSH(["echo 'This account is currently not available.'; exit 1"])
    let error = await #expect(throws: ToolError.self) { try await run(ssh).follow() }
    #expect(
      error?.message
        == "cannot reach web1: its shell ended with exit code 1 and started nothing: "
        + "This account is currently not available.")
    #expect(error?.fix == "the user's login shell there must run commands: `ssh web1 true`")
  }

  @Test func `a run that ended before it was to be cancelled is known`() async throws {
    let began = "ready; hear\n" + FakeSSH.saying(.started(id)) + "hear\n"
    let ended = FakeSSH.saying(.ended(exitCode: 0))
    let ssh = try FakeSSH([began + ended])
    let late = try run(ssh, .follow(nil))
    late.interrupt(SIGINT)
    #expect(try await late.follow() == 0)
    #expect(late.endBeforeSignal == .succeeded)

    let text = String(decoding: RunRecord.interrupted(signal: SIGINT).jsonLine, as: UTF8.self)
    let confirmed = FakeSSH.saying(.record(line: 0, text))
    let other = try FakeSSH([began + confirmed + ended])
    let inTime = try run(other, .follow(nil))
    inTime.interrupt(SIGINT)
    #expect(try await inTime.follow() == 0)
    #expect(inTime.endBeforeSignal == nil)
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

  // MARK: The end of the connection

  @Test func `a command on the host ends with the connection, and so does what it started`()
    async throws
  {
    let bench = try Workbench()
    let docker = try bench.write("bin/docker", "#!/bin/sh\necho $$ >started\nexec sleep 600\n")
    chmod(docker.path, 0o755)
    let command = HostCommand(arguments: ["doctor"], plan: "PLAN", caller: "ann@laptop")
    let request = String(decoding: HostRequest.command(command).jsonLine, as: UTF8.self)
    let connection = """
      { printf '%s\\n' "$1"; until [ -s started ]; do sleep 0.05; done; } | "$0" \(HostEnd.word)
      """
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let ended = try await bench.run(
      ["/bin/sh", "-c", connection, try Workbench.tool().path, request],
      environment: ["PATH": "\(bench.folder.path)/bin:\(path)"])
    #expect(ended.status == ExitCode.hungUp.rawValue, "\(ended)")
    let started = try String(
      contentsOf: bench.folder.appending(path: "started"), encoding: .utf8)
    let pid = started.trimmingCharacters(in: .whitespacesAndNewlines)
    // One that has ended and that no one has waited for has no words.
    try await waitUntil("docker has ended") {
      (Files.read("/proc/\(pid)/cmdline") ?? []).isEmpty
    }
  }

  // MARK: The host's cache

  @Test func `a program that says nothing there is copied again`() async throws {
    let silent = "printf '\\n\(HostScript.mark) starting\\n'; exit 139"
    let stores = "cat >/dev/null; printf '\\n\(HostScript.mark) stored\\n'"
    let command = HostCommand(arguments: ["status"], plan: "p", caller: "ann@laptop")
    let healed = try FakeSSH([silent, stores, "ready; hear; exit 7"])
    #expect(try await healed.host().run(command) { _ in } == 7)
    #expect(healed.count == 3)

    let broken = try FakeSSH([silent, stores, "echo 'no libz.so' >&2; \(silent)"])
    let error = await #expect(throws: ToolError.self) {
      try await broken.host().run(command) { _ in }
    }
    #expect(
      error?.message
        == "the plan's program was copied to web1, but ends there with exit code 139 as soon as it "
        + "is started: no libz.so")
  }

  @Test func `a program of another size or without its mode is noticed there`() async throws {
    let bench = try Workbench()
    let text = "#!/bin/sh\necho ran \"$@\"\n"
    try bench.write("cache/p", text)
    func start(size: Int) async throws -> Workbench.Ending {
      try await bench.run(
        HostScript.command(
          HostScript.start, bench.cache.path, "p", bench.folder.path, ThisHost.architecture,
          "\(size)", "a b"))
    }
    // It was written without the right to be executed.
    let started = try await start(size: text.utf8.count)
    #expect(started.output.hasSuffix("\(HostScript.mark) starting\nran a b\n"), "\(started)")
    let damaged = try await start(size: text.utf8.count + 1)
    #expect(damaged.output == "\n\(HostScript.mark) missing\n", "\(damaged)")
    #expect(damaged.errors.isEmpty, "\(damaged)")
  }

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
