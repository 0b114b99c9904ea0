import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Watch and Drain.
@Suite struct AfterSwitchTests {
  private func expectEnd(
    _ steps: any Step..., restarts: Bool = true, _ arguments: String = "",
    sourceLocation: Testing.SourceLocation = #_sourceLocation,
    _ prepare: (SimulatedHost) -> Void = { _ in }
  ) async throws -> Rehearsal {
    let plan = Deploy.standard(
      "grafana", port: 3000, health: "/api/health", after: { Steps(steps) })
    let host = SimulatedHost(for: plan) { world in
      if !restarts { world.service("grafana-green") { $0.restart = .no } }
    }
    prepare(host)
    return try await DeployRunnerTests.expectEnd(
      "AfterSwitch", of: plan, on: host, RunOptions(), arguments, sourceLocation: sourceLocation)
  }

  @Test func `Watch keeps the previous colour running, and asks through the proxy`() async throws {
    let report = try await expectEnd(Watch(for: 10, every: 2)).report
    let watch = try #require(report.nodes.first { $0.name == "Watch 10 s" })
    #expect(watch.summary == "5 answers through the proxy in 10 s")
  }

  @Test func `a version that turns bad after the switch is rolled back without a restart`()
    async throws
  {
    let host = try await expectEnd(Watch(for: 20, every: 1, failures: 3, of: 5)) {
      $0.at(.seconds(6)) { $0.behavior(of: "grafana-green", .unhealthy(status: 500)) }
    }.host
    #expect(host.world.container(of: "grafana-blue")?.startedAt ?? .zero < .zero)
  }

  @Test func `fewer bad answers than allowed, or spread out, roll nothing back`() async throws {
    _ = try await expectEnd(Watch(for: 20, every: 1, failures: 3, of: 5)) { host in
      for start in [5, 12] {
        host.at(.seconds(start)) { $0.behavior(of: "grafana-green", .unhealthy(status: 500)) }
        host.at(.milliseconds(start * 1000 + 1900)) { $0.behavior(of: "grafana-green", .healthy) }
      }
    }
  }

  @Test func `a target that dies while it is watched is rolled back at once`() async throws {
    let report = try await expectEnd(
      Watch(for: 60, every: 1, failures: 50, of: 50), restarts: false
    ) { $0.at(.seconds(8)) { $0.crash("grafana-green", exitCode: 3) } }.report
    #expect(report.duration < .seconds(20))
  }

  @Test func `the plan says what the watched answers must hold`() async throws {
    let host = try await expectEnd(Watch(for: 3, "/version", body: "no such text", failures: 1))
      .host
    #expect(host.operations.contains { $0.description.hasSuffix("/version") })
  }

  @Test func `a dry run says what would be asked, and how often`() async throws {
    let plan = Deploy.standard("grafana", after: { Watch(for: 10) })
    let dry = try await plan.rehearse(options: RunOptions(isDryRun: true))
    #expect(dry.notes.contains("probed every 1 s for 10 s; 3 bad answers of 10 trigger a rollback"))
    #expect(dry.host.timeline.isEmpty)
  }

  @Test(
    arguments: [
      ("5 s", [Drain(upTo: 5)], 30), ("5 s, and cuts", [Drain(upTo: 5, atDeadline: .cut)], 300),
      ("5 s, and keeps", [Drain(upTo: 5, atDeadline: .keep)], 300),
      ("implied", [], 12),
    ] as [(String, [Drain], Int)])
  func `requests in flight are drained before the previous colour stops`(
    name: String, drains: [Drain], seconds: Int
  ) async throws {
    let plan = Deploy.standard("grafana", after: { drains })
    let host = SimulatedHost(for: plan) {
      $0.openRequest("a download", lasting: .seconds(seconds))
    }
    try await DeployRunnerTests.expectEnd("AfterSwitch", of: plan, on: host, RunOptions(), name)
    #expect(host.world.cutRequests.isEmpty == (name != "5 s, and cuts"))
  }
}
