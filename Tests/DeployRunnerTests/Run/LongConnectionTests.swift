import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// Deploys of applications whose clients hold connections open: WebSockets, event streams.
@Suite struct LongConnectionTests {
  private static func plan(_ policy: Drain.DeadlinePolicy?) -> Deploy {
    .standard("shop", health: "/up", after: { Drain(upTo: 5, atDeadline: policy) })
  }

  /// Deploys while a connection is open.
  private func deploy(
    _ policy: Drain.DeadlinePolicy?, lasting time: Duration? = nil, _ folder: TemporaryFolder
  ) async throws -> (host: SimulatedHost, report: RunReport) {
    let host = SimulatedHost(for: Self.plan(policy))
    host.change { $0.openRequest("a WebSocket", lasting: time) }
    return (host, try await Deployer.onRecord(host, folder).run(Self.plan(policy)))
  }

  private func status(_ host: SimulatedHost, _ folder: TemporaryFolder) async throws
    -> ApplicationStatus
  {
    try await Deployer.onRecord(host, folder)
      .status(of: try Self.plan(.keep).graph().applicationAlone)
  }

  /// What `bgrun resume` does.
  private func finish(_ host: SimulatedHost, _ folder: TemporaryFolder) async throws -> RunReport? {
    let runner = Deployer.onRecord(host, folder)
    guard let graph = try runner.finish(of: try Self.plan(.keep).graph()) else { return nil }
    return try await runner.start(graph).report()
  }

  @Test func `a plan that cuts has decided: the old workers are ended, and it succeeds`()
    async throws
  {
    let (host, report) = try await deploy(.cut, try TemporaryFolder())
    #expect(report.outcome == .succeeded && report.warnings.isEmpty, "\(report)")
    #expect(
      report.nodes.first { $0.name == "Drain" }?.summary
        == "cut the connections of 2 old nginx workers after 5 s")
    #expect(host.world.cutRequests.map(\.cause) == [host.commands.first { $0.hasPrefix("kill ") }])
    #expect(host.world.oldWorkers == 0 && !host.isRunning("shop-blue") && host.serving == .green)
    #expect(host.world.outages.isEmpty)
  }

  @Test func `old workers that cannot be ended are named; stopping cuts them`() async throws {
    let host = SimulatedHost(for: Self.plan(.cut))
    host.change { $0.openRequest("a WebSocket", lasting: nil) }
    host.fail(.command(containing: "kill"), .succeedingWithoutEffect)
    let report = try await Deployer(executor: .mock(host)).run(Self.plan(.cut))
    #expect(report.outcome == .succeeded && !host.isRunning("shop-blue"), "\(report)")
    #expect(report.warnings.count == 1)
  }

  @Test func `without a decision nothing is cut, and both choices are named`() async throws {
    let (host, report) = try await deploy(nil, try TemporaryFolder())
    #expect(report.outcome == .cleanupIncomplete && host.isRunning("shop-blue"))
    #expect(host.world.cutRequests.isEmpty)
    let warning = try #require(report.warnings.first)
    #expect(warning.contains("atDeadline: .cut") && warning.contains("atDeadline: .keep"))
  }

  @Test func `a plan that keeps has decided: status names what lingers, resume stops it in time`()
    async throws
  {
    let folder = try TemporaryFolder()
    let (host, report) = try await deploy(.keep, lasting: .seconds(300), folder)
    #expect(report.outcome == .succeeded && report.warnings.isEmpty, "\(report)")
    #expect(host.isRunning("shop-blue") && host.serving == .green)
    var status = try await status(host, folder)
    #expect(status.kept.map(\.service) == ["shop-blue"] && status.kept.first?.oldWorkers == 2)
    #expect(status.isHealthy && status.obstacle == nil)
    let early = try #require(try await finish(host, folder))
    #expect(early.outcome == .cleanupIncomplete && host.isRunning("shop-blue"), "\(early)")
    try await host.clock.sleep(until: host.clock.now.advanced(by: .seconds(300)))
    status = try await self.status(host, folder)
    #expect(status.kept.first?.oldWorkers == 0)
    let late = try #require(try await finish(host, folder))
    #expect(late.outcome == .succeeded && !host.isRunning("shop-blue"), "\(late)")
    #expect(host.world.cutRequests.isEmpty && host.world.outages.isEmpty)
    #expect(try await self.status(host, folder).kept.isEmpty)
    // Once more changes nothing.
    let again = try #require(try await finish(host, folder))
    #expect(again.nodes.last?.summary == "nothing was kept running" && host.serving == .green)
  }

  @Test
  func `a version that was kept is rolled back to without a restart, and is not stopped then`()
    async throws
  {
    let folder = try TemporaryFolder()
    let (host, _) = try await deploy(.keep, folder)
    let blue = host.world.container(of: "shop-blue")?.startedAt
    let rollback = try Deployer.rollback(of: Self.plan(.keep).graph())
    #expect(rollback.nodes.contains { $0.step as? Drain == Drain(upTo: 5, atDeadline: .keep) })
    let report = try await Deployer.onRecord(host, folder).start(rollback).report()
    #expect(report.outcome == .succeeded && host.serving == .blue, "\(report)")
    #expect(host.world.container(of: "shop-blue")?.startedAt == blue)
    // What the first run kept is active now.
    _ = try await finish(host, folder)
    #expect(host.serving == .blue && host.isRunning("shop-blue"))
    #expect(host.violations.isEmpty && host.world.outages.isEmpty)
  }

  @Test func `the next deploy takes the version that was kept`() async throws {
    let folder = try TemporaryFolder()
    let (host, _) = try await deploy(.keep, folder)
    let report = try await Deployer.onRecord(host, folder).run(Self.plan(.keep))
    #expect(report.outcome == .succeeded && host.serving == .blue, "\(report)")
    #expect(report.warnings.first?.contains("before the last switch") == true)
    #expect(host.world.outages.isEmpty && host.violations.isEmpty)
  }

  @Test func `nothing is finished if nothing was kept, or a run was interrupted`() async throws {
    let folder = try TemporaryFolder()
    let host = SimulatedHost(for: Self.plan(.keep))
    #expect(try await finish(host, folder) == nil)
    _ = try await Deployer.onRecord(host, folder).run(Self.plan(.keep))
    #expect(try await finish(host, folder) == nil)
  }
}
