import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// What a container is left to finish.
@Suite struct GraceTests {
  private let application = Deploy("app") { DetectActive() }.application

  @Test(arguments: [25, nil] as [Int?])
  func `a target that still answers old requests is not recreated under them, if they end`(
    seconds: Int?
  ) async throws {
    let host = SimulatedHost(for: application) {
      $0.openRequest("a request", lasting: seconds.map { .seconds($0) })
    }
    let plan = Deploy.standard(after: { Drain(upTo: 2) })
    #expect(try await plan.rehearse(on: host).outcome == .cleanupIncomplete)
    host.change { $0.service("app-blue") { $0.image = "app:2.0" } }
    let arguments = seconds == nil ? "endless" : "25 s"
    try await expectEnd("AfterSwitch", of: plan, on: host, RunOptions(), arguments)
    #expect(host.world.cutRequests.isEmpty == (seconds != nil))
  }

  /// A host whose blue has another container, of which something is different.
  private func host(_ change: @escaping (inout SimulatedService) -> Void) -> SimulatedHost {
    SimulatedHost(for: application) { world in
      world.service("app-blue", change)
      world.remove("app-blue")
      world.run("app-blue")
      world.reload()
    }
  }

  @Test(arguments: [(5, 50, 5), (nil, 50, 50), (nil, nil, 30)] as [(Int?, Int?, Int)])
  func `the grace is the plan's, else Compose's, else 30 s`(own: Int?, composed: Int?, grace: Int)
    async throws
  {
    let host = host { $0.stopGracePeriod = composed.map { .seconds($0) } }
    let plan = Deploy.standard(
      stops: false,
      after: { if let own { Stop(.previous, grace: .seconds(own)) } else { Stop(.previous) } })
    _ = try await plan.rehearse(on: host)
    #expect(host.commands.contains("docker stop -t \(grace) app-app-blue-1"), "\(host.commands)")
  }

  @Test func `a container that had to be killed is named`() async throws {
    let host = host { $0.stopTime = .seconds(90) }
    try await expectEnd("AfterSwitch", of: .standard(), on: host)
  }
}
