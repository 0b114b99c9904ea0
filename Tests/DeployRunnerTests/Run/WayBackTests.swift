import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// What rollback goes back to; that it is lost is told when it is, not when it is needed.
@Suite struct WayBackTests {
  private static func plan(with workers: [Worker] = []) -> Deploy {
    .standard(workers: workers, before: { Run("smoke") })
  }

  /// Runs plans one after the other on one host; holds the end of each that is named.
  private func run(
    _ plan: Deploy = plan(), _ prepare: (SimulatedHost) -> Void = { _ in },
    then steps: [(name: String, change: (SimulatedHost) -> Void, isRollback: Bool)]
  ) async throws -> SimulatedHost {
    let (host, folder) = (SimulatedHost(for: plan), try TemporaryFolder())
    prepare(host)
    for (name, change, isRollback) in steps {
      change(host)
      let graph = try isRollback ? Deployer.rollback(of: plan.graph()) : plan.graph()
      for isDryRun in isRollback ? [true, false] : [false] {
        let report = await Deployer.onRecord(host, folder) { $0.isDryRun = isDryRun }
          .start(graph) { _ in }.report()
        let name = isDryRun ? name + ", dry run" : name
        try expectGolden("Rollback.txt", report.told(on: host), name)
      }
    }
    return host
  }

  private let fail: (SimulatedHost) -> Void = { host in
    host.change { $0.service("app-green") { $0.image = "app:2.0" } }
    host.fail(.command(containing: "smoke"))
  }

  @Test func `a version that never served cannot be rolled back to`() async throws {
    _ = try await run(then: [
      ("1: deploy", { _ in }, false), ("2: deploy", { _ in }, false),
      ("3: failed deploy that replaces the old version", fail, false),
      // The loss is told once.
      ("4: failed deploy", { _ in }, false), ("5: rollback", { _ in }, true),
    ])
  }

  @Test func `a failed run that has not replaced the previous version leaves it`() async throws {
    _ = try await run(then: [
      ("1: deploy", { _ in }, false),
      ("2: failed deploy", { $0.fail(.command(containing: "smoke").onAttempt(1)) }, false),
      ("3: rollback", { _ in }, true),
    ])
  }

  @Test func `a worker that is new leaves no previous version, which is checked before any start`()
    async throws
  {
    let host = try await run(
      Self.plan(with: ["jobs"]), { $0.change { $0.remove("jobs-blue") } },
      then: [("1: deploy", { _ in }, false), ("2: rollback", { _ in }, true)])
    #expect(!host.commands.contains { $0.contains("docker start") })
  }

  @Test func `a first deploy has lost nothing`() async throws {
    let host = SimulatedHost(for: Self.plan().application, live: nil) { $0.run("nginx-proxy") }
    try await expectEnd("Rollback", of: Self.plan(), on: host)
  }
}
