import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct SimulatedFaultTests {
  private let lab = HostUnderTest()
  private var host: SimulatedHost { lab.host }
  private let reload = DockerCLI(application: HostUnderTest.application)
    .reload(.init(container: HostUnderTest.proxy))

  @Test func `A scripted failure does nothing and says its text`() async throws {
    host.fail(.command(containing: "up"), .failing(exit: 17, errors: "no space"))
    #expect(
      try await lab.up("grafana-green") == CommandResult(status: 17, errors: "no space"))
    #expect(host.timeline.isEmpty)
  }

  @Test(arguments: [
    OperationPattern.command(containing: "nginx", "-s", "reload"),
    .command(containing: "nginx -s reload"),
  ])
  func `A fault on one attempt leaves the others alone`(reloading: OperationPattern) async throws {
    host.fail(reloading.onAttempt(2), .failing())
    let statuses = try await [
      lab.run(reload).status, lab.run(reload).status, lab.run(reload).status,
    ]
    #expect(statuses == [0, 1, 0])
  }

  @Test func `A command may report success and do nothing`() async throws {
    host.fail(.command(containing: "reload"), .succeedingWithoutEffect)
    #expect(try await lab.run(reload).succeeded)
    try await lab.wait(.seconds(1))
    #expect(host.timeline.isEmpty)
  }

  @Test func `A command may do its work and report failure`() async throws {
    host.fail(.command(containing: "up"), .reportingFailureButDone)
    #expect(try await lab.up("grafana-green").status == 1)
    #expect(host.isRunning("grafana-green"))
  }

  @Test func `A command that hangs is ended when its time is up`() async throws {
    host.fail(.call(2), .hanging)
    _ = try await lab.run(reload)
    await #expect(throws: OperationError.timedOut(after: .seconds(60), output: "")) {
      try await lab.run(lab.docker.up("grafana-green", environment: [:]), timeout: .seconds(60))
    }
    #expect(host.operations.last?.ended == .milliseconds(60_085))
    #expect(!host.isRunning("grafana-green"))
  }

  @Test func `A client that hangs leaves what the engine has done`() async throws {
    host.fail(.command(containing: "up"), .hangingWhenDone)
    await #expect(throws: OperationError.self) { try await lab.up("grafana-green") }
    #expect(host.isRunning("grafana-green"))
  }

  @Test func `A cancelled client leaves the stop to the engine`() async throws {
    let lab = HostUnderTest { world in
      world.remove("grafana-blue")
      world.service("grafana-blue") { $0.stopTime = .seconds(5) }
      world.run("grafana-blue")
    }
    let clock = lab.host.clock
    clock.join()
    clock.join()
    let task = Task { try await lab.run(lab.docker.stop(HostUnderTest.blue, grace: .seconds(10))) }
    try await clock.sleep(for: .seconds(2))
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    clock.leave()
    #expect(lab.host.isRunning("grafana-blue"))
    try await clock.sleep(for: .seconds(4))
    #expect(!lab.host.isRunning("grafana-blue"))
  }

  @Test func `A task that is cancelled in a hook gets CancellationError from the operation`()
    async throws
  {
    let lab = lab
    host.fail(.everything, .hanging)
    let box = Mutex<Task<CommandResult, any Error>?>(nil)
    host.beforeEach { _ in box.withLock { $0?.cancel() } }
    box.withLock { $0 = Task { try await lab.up("grafana-green") } }
    let task = try #require(box.withLock { $0 })
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `Files and probes fail with the reason`() async throws {
    host.fail(.writing("nginx/service.conf"), .failing(errors: "No space left on device"))
    host.fail(.probe(containing: ":3003"), .throwing(.noAnswer(reason: "no route")))
    await #expect(
      throws: OperationError.file(path: "nginx/service.conf", reason: "No space left on device")
    ) { try await lab.write("x") }
    await #expect(throws: OperationError.noAnswer(reason: "no route")) {
      try await lab.get("http://127.0.0.1:3003/")
    }
    #expect(host.fileColor == .blue)
  }

  @Test func `Events come at their time, whatever operations do`() async throws {
    host.at(.seconds(3)) { $0.crash("grafana-blue", exitCode: 9) }
    try await lab.wait(.seconds(10))
    let entry = try #require(host.timeline.first)
    #expect(entry.at == .seconds(3))
    #expect(entry.what == "grafana-blue ended with exit code 9")
    #expect(entry.serving == nil)
    // It was nobody's doing, and the restart policy has brought it back.
    #expect(host.violations.isEmpty)
    #expect(host.world.outages.map(\.began) == [.seconds(3)])
    #expect(host.world.outages.first?.ended == .milliseconds(5100))
  }

  @Test func `Stopping what the proxy serves is a violation, with the command that did it`()
    async throws
  {
    _ = try await lab.run(lab.docker.stop(HostUnderTest.blue, grace: .seconds(10)))
    #expect(
      host.violations.map(\.description) == [
        "no answer from 20 ms on until now: grafana-blue was told to stop (by: docker stop -t 10 grafana-grafana-blue-1)"
      ])
  }

  @Test func `Commands of one's own answer what a test has scripted, else nothing`() async throws {
    host.respond(to: "git", "rev-parse", with: CommandResult(status: 0, output: "abc\n"))
    host.onExec(in: "grafana-blue") { argv in
      argv.first == "migrate" ? CommandResult(status: 3, errors: "locked") : nil
    }
    #expect(try await lab.run("git", "rev-parse", "HEAD").output == "abc\n")
    #expect(try await lab.run("true") == CommandResult(status: 0))
    #expect(try await lab.run(lab.docker.exec(HostUnderTest.blue, ["migrate"])).status == 3)
    #expect(try await lab.run(lab.docker.exec(HostUnderTest.blue, ["true"])).status == 0)
  }

  @Test func `A scripted answer is asked for once a command, the last one first`() async throws {
    let asked = Mutex<[String]>([])
    host.onExec(in: "grafana-blue") { _ in
      asked.withLock { $0.append("first") }
      return CommandResult(status: 1)
    }
    host.onExec(in: "grafana-blue") { argv in
      asked.withLock { $0.append("second") }
      return argv.first == "migrate" ? CommandResult(status: 2) : nil
    }
    #expect(try await lab.run(lab.docker.exec(HostUnderTest.blue, ["migrate"])).status == 2)
    #expect(asked.withLock { $0 } == ["second"])
    #expect(try await lab.run(lab.docker.exec(HostUnderTest.blue, ["other"])).status == 1)
    #expect(asked.withLock { $0 } == ["second", "second", "first"])
  }

  @Test func `Every operation is recorded with its time and answer`() async throws {
    _ = try await lab.up("grafana-green", ["VERSION": .text("1.0")])
    #expect(
      host.commands == ["VERSION=1.0 docker compose up --detach --no-deps grafana-green"])
    let run = try #require(host.operations.first)
    #expect(run.began == .zero)
    #expect(run.ended == .milliseconds(400))
  }

  @Test func `Files have ages, links and kinds`() async throws {
    try await lab.write("x", .rename)
    try await lab.wait(.seconds(3))
    host.change { $0.link("nginx/link.conf", to: "service.conf") }
    let link = try #require(try await lab.read("nginx/link.conf"))
    #expect(link.path == "/srv/grafana/nginx/link.conf")
    #expect(link.content == .file(Array("x".utf8)))
    #expect(link.age == .seconds(3))
    #expect(link.link == "service.conf")
    #expect(try await lab.read("nginx")?.content == .directory)
    #expect(try await lab.read("nope")?.content == .missing)
  }
}
