import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// What an everyday `docker compose up` would change.
@Suite struct NextUpTests {
  private static func plan(records: Bool = false, version: String? = "2.0") -> Deploy {
    .standard(
      "shop", health: "/up", environment: version.map { ["VERSION": $0] } ?? [:],
      after: { if records { Record("VERSION") } })
  }

  @Test func `a deploy warns of it, status says it, and it is an outage`() async throws {
    let plan = Self.plan()
    let host = try await expectEnd("Record", of: plan).host
    let status = try await Deployer(executor: .mock(host))
      .status(of: try plan.graph().applicationAlone)
    #expect(
      status.nextUp.map(\.description) == [
        "recreate shop-green (image shop:2.0 → shop:1.0)", "start shop-blue (image shop:1.0)",
      ])
    #expect(status.isHealthy)
    host.change { $0.composeUp() }
    #expect(!host.world.outages.isEmpty)
  }

  @Test func `with the value recorded it changes nothing`() async throws {
    let host = try await expectEnd("Record", of: Self.plan(records: true)).host
    host.change { $0.composeUp() }
    #expect(host.world.outages.isEmpty)
  }

  @Test func `a new container for the way back is said by status and doctor`() async throws {
    let plan = Self.plan(records: true)
    let host = SimulatedHost(for: plan) { $0.write("VERSION=1.0\n", to: ".env") }
    #expect(try await plan.rehearse(on: host).report.outcome == .succeeded)
    let status = try await Deployer(executor: .mock(host))
      .status(of: try plan.graph().applicationAlone)
    #expect(
      status.nextUp.map(\.description) == [
        "start shop-blue in a new container (image shop:1.0 → shop:2.0), to whose old one "
          + "`bgrun rollback` goes now"
      ])
    #expect(status.isHealthy)
    let found = await HostFacts(of: try plan.graph(), by: .mock(host), stateFolder: nil).nextUp
    #expect(found == status.nextUp)
  }

  @Test func `the container of a run that failed is no way back`() async throws {
    let (plan, folder) = (Self.plan(), try TemporaryFolder())
    let host = SimulatedHost(for: plan)
    host.fail(.command(containing: "nginx", "-s", "reload").onAttempt(1))
    let deployer = Deployer(
      executor: .mock(host), options: RunOptions(stateFolder: folder.stateFolder))
    #expect(try await deployer.run(plan).serving == .blue)
    #expect(
      try await deployer.status(of: try plan.graph().applicationAlone).nextUp.map(\.description)
        == ["start shop-green (image shop:1.0)"])
  }

  @Test func `with profiles it changes nothing, not even the other colour`() async throws {
    let plan = Self.plan()
    let host = SimulatedHost(for: plan) { world in
      for service in ["shop-blue", "shop-green"] {
        world.service(service) { $0.profiles = ["colours"] }
      }
    }
    try await expectEnd("Record", of: plan, on: host)
    #expect(try await Deployer(executor: .mock(host)).status(of: plan.application).nextUp == [])
    host.change { $0.composeUp() }
    #expect(host.world.outages.isEmpty && !host.isRunning("shop-blue"))
  }

  @Test func `after a rollback the recorded value is the other version's`() async throws {
    let plan = Self.plan(records: true)
    let host = try await plan.rehearse().host
    let graph = try Deployer.rollback(of: plan.graph())
    try expectGolden("Record.txt", await graph.rehearse(on: host).report.told(on: host))
  }

  @Test func `a plan that gives Compose nothing is not slowed down by the question`() async throws {
    let host = try await Self.plan(version: nil).rehearse().host
    #expect(!host.commands.contains { $0.contains("--dry-run") })
  }

  @Test func `what the plan gives Compose is not inherited from bgrun's environment either`()
    async throws
  {
    let plan = Deploy("shop", environment: ["A": "1"]) { DetectActive() }
    let docker = DockerCLI(application: plan.application, interpolation: ["B": .text("2")])
    #expect(
      docker.plainConfig().command.description
        == "env -u A -u B docker compose config --format json")
    var command = Command(["/bin/sh", "-c", "echo [$A$C]"])
    command.unset = ["A"]
    let executor = DockerExecutor(
      project: "/", on: LocalHost(environment: ["A": "1", "C": "3", "PATH": "/usr/bin:/bin"]))
    let operation = HostOperation(.command(command), effect: .observe, timeout: .seconds(60))
    guard case .command(let result) = try await executor.perform(operation, output: { _ in })
    else { return }
    #expect(result.output == "[3]\n")
  }
}
