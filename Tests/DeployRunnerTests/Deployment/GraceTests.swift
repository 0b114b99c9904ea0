import DeployDSL
import DeployRunner
import Testing

@Suite("What a container is left to finish")
struct GraceTests {
  private let application = Deploy("app") { DetectActive() }.application

  /// A plan that switches, and then does what is in question.
  private func switching(@PlanBuilder _ then: () -> Steps) -> Deploy {
    let rest = then()
    return Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      rest
    }
  }

  @Test func `a target that still answers old requests is not made anew under them`() async throws {
    let host = SimulatedHost(for: application)
    let plan = switching {
      Drain(upTo: 2)
      Stop(.previous)
    }
    host.change { $0.openRequest("a download", lasting: .seconds(25)) }
    #expect(try await Deployer(executor: .mock(host)).run(plan).outcome == .cleanupIncomplete)
    host.change { $0.service("app-blue") { $0.image = "app:2.0" } }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded && host.serving == .blue, "\(report)")
    #expect(host.world.cutRequests.isEmpty)
  }

  @Test func `one that lasts for ever is cut, and that is said`() async throws {
    let host = SimulatedHost(for: application)
    let plan = switching {
      Drain(upTo: 2)
    }
    host.change { $0.openRequest("a socket", lasting: nil) }
    _ = try await Deployer(executor: .mock(host)).run(plan)
    host.change { $0.service("app-blue") { $0.image = "app:2.0" } }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(
      report.warnings.contains {
        $0.contains("what app-blue answers of them is cut if Compose makes it anew")
      }, "\(report)")
  }

  /// Gives blue another container, of which something is different.
  private static func made(
    anew world: inout SimulatedState, _ change: (inout SimulatedService) -> Void
  ) {
    world.service("app-blue", change)
    world.remove("app-blue")
    world.run("app-blue")
    world.reload()
  }

  @Test func `the grace is the plan's, else Compose's, else 30 s`() async throws {
    for (own, composed, expected) in [(5, 50, 5), (nil, 50, 50), (nil, nil, 30)]
      as [(Int?, Int?, Int)]
    {
      let host = SimulatedHost(for: application) { world in
        Self.made(anew: &world) { $0.stopGracePeriod = composed.map { .seconds($0) } }
      }
      let plan = switching {
        if let own { Stop(.previous, grace: .seconds(own)) } else { Stop(.previous) }
      }
      _ = try await Deployer(executor: .mock(host)).run(plan)
      #expect(
        host.commands.contains("docker stop -t \(expected) app-app-blue-1"), "\(host.commands)")
    }
  }

  @Test func `who had to be killed is named`() async throws {
    let host = SimulatedHost(for: application) { world in
      Self.made(anew: &world) { $0.stopTime = .seconds(90) }
    }
    let plan = switching {
      Stop(.previous)
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded)
    #expect(
      report.warnings == [
        "app-blue did not end within 30 s after it was asked to, and was killed: what it still "
          + "did is "
          + "lost; if its first process ignores SIGTERM, say `init: true` in the Compose file or "
          + "let "
          + "it handle that signal; if it only needs longer, give it more time with "
          + "stop_grace_period there, or Stop(.previous, grace:)"
      ])
  }
}
