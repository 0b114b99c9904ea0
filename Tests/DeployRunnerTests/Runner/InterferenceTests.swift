import DeployDSL
import DeployRunner
import Testing

/// Somebody else switches, stops or removes while a run goes on, or while it is half done.
@Suite("What others do meanwhile")
struct InterferenceTests {
  private let application = Deploy("app") { DetectActive() }.application

  private static func switchByHand(_ world: inout SimulatedWorld) {
    world.pointFile(at: .green)
    world.reload()
  }

  // MARK: In the run itself

  @Test func `what somebody else has switched to is not stopped by an undo`() async throws {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Meddle(host: host, change: Self.switchByHand)
    }
    let report = try await DeployRunner(executor: .mock(host)).run(plan)
    #expect(report.outcome == .rollbackFailed && report.serving == nil, "\(report)")
    let failure = try #require(report.undone.first?.failure)
    #expect(
      failure.message == "app-green is not stopped: somebody else has made nginx/service.conf be "
        + "for green meanwhile")
    #expect(host.serving == .green && host.violations.isEmpty)
  }

  static let accidents: [(String, @Sendable (inout SimulatedWorld) -> Void)] = [
    (
      "everything is removed",
      { world in
        for service in ["app-blue", "app-green", "nginx-proxy"] { world.remove(service) }
      }
    ),
    ("what serves is stopped", { $0.stop("app-blue") }),
    ("the proxy is stopped", { $0.stop("nginx-proxy") }),
  ]

  @Test(arguments: accidents.indices)
  func `nobody is said to serve without a last look`(index: Int) async throws {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Meddle(host: host, change: Self.accidents[index].1)
    }
    let report = try await DeployRunner(executor: .mock(host)).run(plan)
    #expect(report.exitCode != 0 && report.serving == nil, "\(report)")
  }

  @Test func `who has switched back after the switch is not said to have been deployed over`()
    async throws
  {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Meddle(host: host, fails: false) { world in
        world.pointFile(at: .blue)
        world.reload()
      }
      Stop(.previous)
    }
    let report = try await DeployRunner(executor: .mock(host)).run(plan)
    #expect(report.failure?.code == .interference && report.serving == nil, "\(report)")
    #expect(host.serving == .blue && host.isRunning("app-green"))
  }

  @Test func `answers of who was switched back to are not taken for the target's`() async throws {
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Meddle(host: host, fails: false) { $0.pointFile(at: .blue) }
      Watch(for: 10)
      Stop(.previous)
    }
    let report = try await DeployRunner(executor: .mock(host)).run(plan)
    #expect(report.failure?.code == .interference, "\(report)")
    #expect(
      report.failure?.message
        == "nginx/service.conf was changed during this run and does not lead to app-green any more, "
        + "so it is not app-green that is watched"
    )
    #expect(host.serving == .blue && report.serving == .blue && host.violations.isEmpty)
  }

  // MARK: While it is half done

  @Test(arguments: [RunOptions.Resume.goOn, .undo])
  func `a run that had not switched does nothing to what somebody else has switched to`(
    resume: RunOptions.Resume
  ) async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Run("flaky")
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    host.fail(.command(containing: "flaky").onAttempt(1))
    let left = try await DeployRunner.onRecord(host, folder) { $0.rollsBack = false }.run(plan)
    #expect(left.isUnfinished)
    host.change { world in
      Self.switchByHand(&world)
      world.stop("app-blue")
      // Compose would make another container of it.
      world.service("app-green") { $0.image = "app:2.0" }
    }
    let before = host.world.container(of: "app-green")
    let report = try await DeployRunner.onRecord(host, folder) { $0.resume = resume }.run(plan)
    #expect(report.failure?.code == .interference, "\(report)")
    #expect(report.failure?.fix?.contains("bgrun settle PLAN") == true)
    #expect(report.serving == nil && report.isUnfinished && report.exitCode != 0)
    #expect(host.world.container(of: "app-green")?.id == before?.id)
    #expect(host.serving == .green && host.violations.isEmpty)
  }

  @Test func `what a run has written itself and leaves is no interference`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Run("flaky")
      Reload()
    }
    host.fail(.command(containing: "flaky").onAttempt(1))
    let left = try await DeployRunner.onRecord(host, folder) { $0.rollsBack = false }.run(plan)
    #expect(left.isUnfinished && left.serving == .blue && host.serving == .blue, "\(left)")
    let report = try await DeployRunner.onRecord(host, folder) { $0.resume = .goOn }.run(plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
  }

  @Test func `a failed check after the switch that is left as it is is no deploy`() async throws {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Run("smoke")
      Stop(.previous)
    }
    host.fail(.command(containing: "smoke").onAttempt(1))
    let left = try await DeployRunner.onRecord(host, folder) { $0.rollsBack = false }.run(plan)
    #expect(left.exitCode == 4 && left.isUnfinished && left.serving == .green, "\(left)")
    let report = try await DeployRunner.onRecord(host, folder) { $0.resume = .goOn }.run(plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
  }

  // MARK: Another plan

  /// Runs another plan at the same time.
  private struct Meanwhile: PrimitiveStep {
    let runner: DeployRunner
    let plan: Deploy
    let done: @Sendable (RunReport) -> Void

    func run(in context: StepContext) async throws { done(try await runner.run(plan)) }
  }

  @Test(arguments: ["nginx/service.conf", "./nginx//service.conf"])
  func `plans of two names that switch by one site file exclude each other`(site: String)
    async throws
  {
    let (host, folder) = (SimulatedHost(for: application), try TemporaryFolder())
    let reports = Collected<RunReport>()
    let hotfix = Deploy(
      "hotfix", blue: "app-blue", green: "app-green",
      site: Site(site, blue: "nginx/service_blue.conf", green: "nginx/service_green.conf")
    ) {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Meanwhile(runner: .onRecord(SimulatedHost(for: hotfix.application), folder), plan: hotfix) {
        reports.add($0)
      }
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let report = try await DeployRunner.onRecord(host, folder).run(plan)
    #expect(report.outcome == .succeeded && host.serving == .green, "\(report)")
    let other = try #require(reports.all.first)
    #expect(other.outcome == .locked, "\(other)")
    #expect(other.failure?.message.hasPrefix("app is being deployed by ") == true, "\(other)")
    // Afterwards it may.
    #expect(try await DeployRunner.onRecord(host, folder).run(hotfix).outcome == .succeeded)
  }
}
