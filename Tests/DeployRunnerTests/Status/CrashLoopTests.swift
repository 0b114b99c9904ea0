import BgrunTestSupport
import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// A version that exits again and again looks like any other between two restarts.
@Suite struct CrashLoopTests {
  private static let plan = Deploy.standard("shop", health: "/up")

  /// The status of a host whose active version began to exit a second after each start.
  private func status(after time: Duration) async throws -> ApplicationStatus {
    let host = SimulatedHost(for: Self.plan.application)
    host.change { world in
      // Docker's times are compared with this machine's.
      world.aheadOfTime = .seconds(Int64(Timestamp.now.seconds) - SimulatedState.epoch)
      world.service("shop-blue") {
        $0.behavior = .crashing(after: .seconds(1), exitCode: 3, log: [])
        $0.restart = .always
      }
      world.composeUp()
      world.run("shop-blue")
      world.crash("shop-blue")
    }
    try await host.clock.sleep(for: time)
    return try await Deployer(executor: .mock(host)).status(of: Self.plan.application)
  }

  @Test func `is told while it runs, too`() async throws {
    for tenths in stride(from: 40, to: 120, by: 1) {
      let status = try await status(after: .milliseconds(tenths * 100))
      let blue = try #require(status.services.first { $0.service == "shop-blue" })
      guard blue.state == "running" else { continue }
      #expect((blue.restarts ?? 0) >= 3, "\(blue)")
      #expect(!status.isHealthy)
      return
    }
    Issue.record("it never ran")
  }

  @Test func `a container that was restarted once is sound`() async throws {
    let status = try await status(after: .milliseconds(500))
    let blue = try #require(status.services.first { $0.service == "shop-blue" })
    #expect(blue.state == "running" && blue.restarts == nil, "\(blue)")
  }
}
