import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// The simulated docker says what the real one said (engine 20.10.24, Compose 2.40.3).
@Suite(.timeLimit(.minutes(10)))
struct SimulatedDockerTests {
  @Test func `compose config says the project, its services and their ports`() async throws {
    let lab = HostUnderTest()
    guard case .project(let project) = try await lab.value(lab.docker.config()) else {
      return #expect(Bool(false))
    }
    #expect(project.name == "grafana")
    #expect(project.services.keys.sorted() == ["grafana-blue", "grafana-green", "nginx-proxy"])
    #expect(project.services["grafana-green"]?.firstPort == 3000)
    #expect(project.publishedAddress(of: "grafana-green", port: 3000)?.port == 3004)
  }

  @Test func `Without a Compose file, Compose says so`() async throws {
    let lab = HostUnderTest { $0.removeFile("compose.yaml") }
    #expect(
      try await lab.ask(lab.docker.config())
        == .command(
          CommandResult(status: 1, errors: "no configuration file provided: not found\n")))
  }

  @Test func `up makes a container once, starts it, and leaves it alone while it runs`()
    async throws
  {
    let lab = HostUnderTest()
    let first = try await lab.up("grafana-green")
    #expect(
      first.errors == """
         Container grafana-grafana-green-1  Creating
         Container grafana-grafana-green-1  Created
         Container grafana-grafana-green-1  Starting
         Container grafana-grafana-green-1  Started

        """)
    #expect(lab.host.clock.now.sinceStart == .milliseconds(400))
    let again = try await lab.up("grafana-green")
    #expect(again.errors == " Container grafana-grafana-green-1  Running\n")
    let id = lab.host.world.container(of: "grafana-green")?.id
    _ = try await lab.up("grafana-green", ["VERSION": .text("2.0")])
    #expect(lab.host.world.container(of: "grafana-green")?.id != id)
    #expect(lab.host.world.container(of: "grafana-green")?.version == "2.0")
  }

  @Test func `up refuses unknown services and missing images as the engine does`() async throws {
    let lab = HostUnderTest { $0.removeImage("grafana:1.0") }
    #expect(
      try await lab.up("nosuch")
        == CommandResult(status: 1, errors: "no such service: nosuch\n"))
    #expect(
      try await lab.up("grafana-green").errors.hasSuffix(
        "\nError response from daemon: No such image: grafana:1.0\n"))
  }

  @Test func `A published port answers nobody before the application listens, but accepts`()
    async throws
  {
    let lab = HostUnderTest()
    await #expect(throws: OperationError.refused(reason: "Connection refused")) {
      try await lab.get("http://127.0.0.1:3004/")
    }
    _ = try await lab.up("grafana-green")
    await #expect(throws: OperationError.noAnswer(reason: "Connection reset by peer")) {
      try await lab.get("http://127.0.0.1:3004/")
    }
    let tcp = HostOperation(
      .tcp(host: "127.0.0.1", port: 3004), effect: .verify, timeout: .seconds(5))
    #expect(try await lab.executor.perform(tcp, output: { _ in }) == .done)
    try await lab.wait(.seconds(2))
    #expect(
      try await lab.get("http://127.0.0.1:3004/")
        == HTTPAnswer(status: 200, body: #"{"database":"ok","version":"1.0"}"#))
  }

  @Test func `inspect shows a crash loop as it goes on`() async throws {
    let lab = HostUnderTest { $0.behavior(of: "grafana-green", .crashingAtBoot(exitCode: 3)) }
    _ = try await lab.up("grafana-green")
    try await lab.wait(.seconds(1))
    let container = try #require(try await lab.inspect(HostUnderTest.green))
    #expect(["running", "restarting"].contains(container.status))
    #expect(container.restartCount >= 2)
    let count = container.restartCount
    try await lab.wait(.seconds(10))
    #expect(try #require(try await lab.inspect(HostUnderTest.green)).restartCount > count)
    let logs = try await lab.run(lab.docker.logs(HostUnderTest.green, lines: 1))
    #expect(logs.errors == "panic: cannot open the database\n")
    _ = try await lab.run(lab.docker.stop(HostUnderTest.green, grace: .seconds(10)))
    try await lab.wait(.seconds(100))
    #expect(try await lab.inspect(HostUnderTest.green)?.status == "exited")
  }

  @Test func `Docker's own health status comes after whole intervals`() async throws {
    let lab = HostUnderTest {
      $0.service("grafana-green") { $0.healthcheck = .init(interval: .seconds(5), retries: 2) }
    }
    _ = try await lab.up("grafana-green")
    try await lab.wait(.seconds(4))
    #expect(try await lab.inspect(HostUnderTest.green)?.health == "starting")
    try await lab.wait(.seconds(2))
    #expect(try await lab.inspect(HostUnderTest.green)?.health == "healthy")
    lab.host.change { $0.behavior(of: "grafana-green", .unhealthy) }
    try await lab.wait(.seconds(6))
    #expect(try await lab.inspect(HostUnderTest.green)?.health == "healthy")
    try await lab.wait(.seconds(6))
    #expect(try await lab.inspect(HostUnderTest.green)?.health == "unhealthy")
  }

  @Test func `A container that ignores SIGTERM is killed at the end of its grace`() async throws {
    let lab = HostUnderTest {
      $0.service("grafana-green") { $0.stopTime = .seconds(60) }
    }
    _ = try await lab.up("grafana-green")
    let began = lab.host.clock.now
    let result = try await lab.run(lab.docker.stop(HostUnderTest.green, grace: .seconds(10)))
    #expect(result == CommandResult(status: 0, output: "\(HostUnderTest.green)\n"))
    #expect(began.duration(to: lab.host.clock.now) == .milliseconds(10_070))
    let container = try await lab.inspect(HostUnderTest.green)
    #expect(container?.status == "exited")
    #expect(container?.exitCode == 137)
  }

  @Test
  func `Commands for a container that does not run, or is not there, fail with the engine's text`()
    async throws
  {
    let lab = HostUnderTest { $0.stop("grafana-blue") }
    let id = try #require(lab.host.world.container(of: "grafana-blue")?.id)
    let text = "Error response from daemon: Container \(id) is not running\n"
    #expect(try await lab.run(lab.docker.exec(HostUnderTest.blue, ["true"])).errors == text)
    #expect(
      try await lab.ask(DockerCLI.top(HostUnderTest.blue))
        == .command(CommandResult(status: 1, errors: text)))
    #expect(try await lab.value(lab.docker.inspect(["nosuch"])) == .containers([]))
  }

  @Test func `Lists show the project's containers and those of a service`() async throws {
    let lab = HostUnderTest()
    func ids(_ call: HostCall) async throws -> [String]? {
      guard case .list(let found) = try await lab.value(call) else { return nil }
      return found.map(\.name)
    }
    #expect(try await ids(lab.docker.containers())?.count == 2)
    let blue = try #require(lab.host.world.container(of: "grafana-blue")?.id)
    let docker = lab.docker
    #expect(
      try await ids(docker.containers(ofProject: "grafana", service: "grafana-blue")) == [blue])
    #expect(try await ids(docker.containers(ofProject: "other", service: "grafana-blue")) == [])
  }

  @Test
  func `The engine removes a stopped container's network, and the container then cannot start`()
    async throws
  {
    let lab = HostUnderTest {
      $0.addNetwork("old")
      $0.run("grafana-green")
      $0.stop("grafana-green")
      $0.stop("grafana-blue")
      $0.stop("nginx-proxy")
    }
    #expect(
      try await lab.value(lab.docker.networks())
        == .list([.init("grafana_default", project: "grafana"), .init("old")]))
    #expect(try await lab.run(lab.docker.removeNetworks(["grafana_default"])).status == 0)
    let start = try await lab.run(lab.docker.start(HostUnderTest.green))
    #expect(
      start.errors == """
        Error response from daemon: network grafana_default not found
        Error: failed to start containers: grafana-grafana-green-1

        """)
  }

  @Test func `Only images without a name that no container uses are pruned`() async throws {
    let lab = HostUnderTest {
      $0.addImage(nil)
      $0.publish("grafana:1.0")
    }
    _ = try await lab.run(lab.docker.pull("grafana-green", environment: [:]))
    #expect(lab.host.world.images.count { $0.name == nil } == 2)
    _ = try await lab.run(lab.docker.pruneImages())
    #expect(lab.host.world.images.count { $0.name == nil } == 1)
  }

  @Test(arguments: ["curl", "wget"])
  func `a GET from inside a container asks by a service's name`(tool: String) async throws {
    let lab = HostUnderTest { world in
      world.service("nginx-proxy") { $0.tools = [tool] }
      world.remove("nginx-proxy")
      world.run("nginx-proxy")
    }
    func get(_ service: String, by tool: String) async throws -> OperationResult {
      try await lab.ask(
        lab.docker.get(
          "http://\(service):3000/", inside: HostUnderTest.proxy, by: tool, within: .seconds(5)))
    }
    #expect(
      try await get("grafana-blue", by: tool).value
        == .http(HTTPAnswer(status: 200, body: #"{"database":"ok","version":"1.0"}"#)))
    let unknown = try await get("grafana-green", by: tool)
    #expect(unknown.value == nil && unknown.printed?.succeeded == false)
    let other = tool == "curl" ? "wget" : "curl"
    #expect(try await get("grafana-blue", by: other).printed?.status == 126)
    lab.host.change { $0.pause("grafana-blue") }
    let began = lab.host.clock.now
    #expect(try await get("grafana-blue", by: tool).value == nil)
    #expect(began.duration(to: lab.host.clock.now) > .seconds(5))
  }

  @Test func `Of a plan's own docker commands stop and start are carried out, others do nothing`()
    async throws
  {
    let lab = HostUnderTest()
    #expect(try await lab.run("docker", "compose", "down").succeeded)
    #expect(lab.host.isRunning("grafana-blue"))
    #expect(try await lab.run("docker", "stop", "-t", "1", HostUnderTest.blue).succeeded)
    #expect(!lab.host.isRunning("grafana-blue"))
    #expect(try await lab.run("docker", "start", HostUnderTest.blue).succeeded)
    #expect(lab.host.isRunning("grafana-blue"))
    #expect(try await lab.run("docker", "stop", "nosuch").status == 1)
  }
}
