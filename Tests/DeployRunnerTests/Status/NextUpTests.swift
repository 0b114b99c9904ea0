import DeployDSL
import Testing

@testable import DeployRunner

@Suite("What an everyday docker compose up would change") struct NextUpTests {
  private static func plan(records: Bool = false) -> Deploy {
    Deploy("shop", health: "/up") {
      DetectActive()
      Up(.target, environment: ["VERSION": "2.0"])
      Health()
      SwapNginx()
      Reload()
      if records { Record("VERSION") }
      Stop(.previous)
    }
  }

  private let warning =
    "the next `docker compose up -d` would recreate shop-green (image shop:2.0 → shop:1.0), "
    + "because only the plan sets VERSION: write `profiles: [\"colours\"]` at shop-blue, "
    + "shop-green in the "
    + "Compose file, so that it leaves them alone, or put `Record(\"VERSION\", in: \".env\")` "
    + "after "
    + "Reload() in the plan"

  @Test("a deploy warns of it, status says it, and it is an outage")
  func warned() async throws {
    let plan = Self.plan()
    let host = SimulatedHost(for: plan.application)
    let runner = Deployer(executor: .mock(host))
    let report = try await runner.run(plan)
    #expect(report.outcome == .succeeded && report.warnings == [warning], "\(report.warnings)")
    let status = try await runner.status(of: try plan.graph().applicationAlone)
    #expect(
      status.nextUp.map(\.description) == [
        "recreate shop-green (image shop:2.0 → shop:1.0)", "start shop-blue (image shop:1.0)",
      ])
    #expect(status.isHealthy)
    host.change { $0.composeUp() }
    #expect(!host.world.outages.isEmpty)
  }

  @Test("with the value recorded there is none")
  func recorded() async throws {
    let plan = Self.plan(records: true)
    let host = SimulatedHost(for: plan.application)
    let runner = Deployer(executor: .mock(host))
    let report = try await runner.run(plan)
    #expect(report.outcome == .succeeded && report.warnings == [], "\(report.warnings)")
    host.change { $0.composeUp() }
    #expect(host.world.outages.isEmpty)
  }

  @Test("with profiles there is none, and the other colour is left alone as well")
  func profiles() async throws {
    let plan = Self.plan()
    let host = SimulatedHost(for: plan.application) { world in
      for service in ["shop-blue", "shop-green"] {
        world.service(service) { $0.profiles = ["colours"] }
      }
    }
    let runner = Deployer(executor: .mock(host))
    let report = try await runner.run(plan)
    #expect(report.outcome == .succeeded && report.warnings == [], "\(report.warnings)")
    #expect(try await runner.status(of: plan.application).nextUp == [])
    host.change { $0.composeUp() }
    #expect(host.world.outages.isEmpty && !host.isRunning("shop-blue"))
  }

  @Test("after a rollback the recorded value is the other version's: that is said")
  func rollback() async throws {
    let plan = Self.plan(records: true)
    let host = SimulatedHost(for: plan.application)
    let runner = Deployer(executor: .mock(host))
    _ = try await runner.run(plan)
    let report = try await runner.start(Deployer.rollback(of: plan.graph())).report()
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(
      report.warnings.first?.contains("recreate shop-blue (image shop:1.0 → shop:2.0)") == true)
  }

  @Test("a plan that gives Compose nothing is not slowed down by the question")
  func noVariables() async throws {
    let plan = Deploy("shop", health: "/up") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application)
    _ = try await Deployer(executor: .mock(host)).run(plan)
    #expect(!host.commands.contains { $0.contains("--dry-run") })
  }

  @Test("what the plan gives Compose is not inherited from bgrun's own environment either")
  func notInherited() async throws {
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
