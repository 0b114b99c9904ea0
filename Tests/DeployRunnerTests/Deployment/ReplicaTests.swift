import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Services with several containers: all of them are started, checked and stopped.
@Suite("Replicas") struct ReplicaTests {
  private static let plan = Deploy.standard(
    "shop", workers: ["mail"], port: 3000, gate: Health(retries: 5, every: 2))

  @Test func `as many as the Compose file says are deployed, and a rollback brings them back`()
    async throws
  {
    let host = SimulatedHost(for: Self.plan.application) { $0.replicate(3) }
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.exitCode == 0, "\(report)")
    #expect(host.violations.isEmpty)
    #expect(host.running("shop-green") == 3 && host.running("shop-blue") == 0)
    #expect(host.running("mail-green") == 3 && host.running("mail-blue") == 0)
    let summaries = report.nodes.map(\.summary).joined(separator: "\n")
    #expect(
      summaries.contains("shop-green is healthy: HTTP 200 (3 of 3 containers)"), "\(summaries)")
    #expect(summaries.contains("shop-blue (3 containers), mail-blue (3 containers) stopped"))
    let rollback = try Deployer.rollback(of: Self.plan.graph())
    let back = await Deployer(executor: .mock(host)).start(rollback, observer: { _ in }).report()
    #expect(back.exitCode == 0 && host.running("shop-blue") == 3, "\(back)")
  }

  @Test func `a service that was scaled manually keeps its capacity`() async throws {
    let host = SimulatedHost(for: Self.plan.application) { $0.scale("shop-blue", to: 2) }
    let events = Collected<Event>()
    let report = await Deployer(executor: .mock(host)).start(try Self.plan.graph()) {
      events.add($0)
    }.report()
    #expect(report.exitCode == 0, "\(report)")
    #expect(host.running("shop-green") == 2 && host.running("shop-blue") == 0)
    #expect(host.running("mail-green") == 1)
    #expect(host.commands.contains { $0.contains("--scale shop-green=2 shop-green") })
    #expect(
      events.all.contains { event in
        if case .note(let text) = event.kind {
          text.contains("shop-green gets 2 containers")
        } else {
          false
        }
      })
  }

  @Test func `one bad replica fails the health check, and all of the target are stopped`()
    async throws
  {
    let host = SimulatedHost(for: Self.plan.application) { $0.replicate(3) }
    host.afterEach(.command(containing: "up --detach --no-deps shop-green")) { _ in
      host.change { $0.crash("shop-green", exitCode: 4) }
    }
    host.change { $0.service("shop-green") { $0.restart = .no } }
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.exitCode == 1 && host.serving == .blue, "\(report)")
    #expect(
      report.failure?.message.contains("shop-green (shop-shop-green-3) is not healthy") == true)
    #expect(host.running("shop-green") == 0 && host.running("shop-blue") == 3)
  }

  @Test func `status counts them`() async throws {
    let host = SimulatedHost(for: Self.plan.application) { world in
      world.service("shop-blue") { $0.restart = .no }
      world.replicate(3)
      world.crash("shop-blue")
    }
    let status = try await Deployer(executor: .mock(host)).status(of: Self.plan.application)
    let blue = try #require(status.services.first)
    #expect(blue.replicas?.running == 2 && blue.replicas?.wanted == 3, "\(blue)")
    #expect(!status.isHealthy)
  }

  @Test
  func `a replica that was started after nginx had looked up its address makes it look again`()
    async throws
  {
    let host = SimulatedHost(for: Self.plan.application) { $0.replicate(2) }
    host.change { $0.restart("shop-blue") }
    try await host.clock.sleep(for: .seconds(5))
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.exitCode == 0, "\(report)")
    #expect(host.commands.count { $0.contains("nginx -s reload") } == 2)
  }
}
