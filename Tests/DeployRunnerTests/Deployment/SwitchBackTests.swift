import DeployDSL
import DeployRunner
import Testing

/// Going back when the proxy is not as the run left it, or was not as the file said.
@Suite struct SwitchBackTests {
  private static let meddling: [@Sendable (inout SimulatedState) -> Void] = [
    { $0.restart("nginx-proxy") }, { $0.reload() },
  ]

  @Test(arguments: meddling.indices)
  func `what somebody else made nginx load is taken back before the target is stopped`(
    index: Int
  ) async throws {
    let application = Deploy("app") { DetectActive() }.application
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Meddle(host: host, change: Self.meddling[index])
      Reload()
      Stop(.previous)
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 3 && report.serving == .blue, "\(report)")
    #expect(host.serving == .blue && host.loadedColor == .blue && host.fileColor == .blue)
    #expect(!host.isRunning("app-green"))
    #expect(host.violations.isEmpty, "\(host.violations)")
  }

  @Test func `what nobody else made nginx load needs no reload`() async throws {
    let application = Deploy("app") { DetectActive() }.application
    let host = SimulatedHost(for: application)
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Meddle(host: host) { _ in }
      Reload()
    }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 1 && report.serving == .blue, "\(report)")
    #expect(host.fileColor == .blue && host.violations.isEmpty)
    #expect(!host.commands.contains { $0.contains("nginx -s reload") })
  }

  @Test func `it goes back to the colour that a person said, not to what the file said`()
    async throws
  {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Run("smoke")
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan.application)
    host.respond(to: "smoke", with: CommandResult(status: 1))
    // Somebody wrote the file by hand, and nginx never loaded it.
    host.change { $0.pointFile(at: .green) }
    let report = try await Deployer(
      executor: .mock(host), options: RunOptions(active: .blue)
    ).run(plan)
    #expect(report.exitCode == 3 && report.serving == .blue, "\(report)")
    #expect(host.serving == .blue && host.loadedColor == .blue && host.fileColor == .blue)
    #expect(host.violations.isEmpty, "\(host.violations)")
  }

  @Test func `a step that ends itself as if it were cancelled has failed`() async throws {
    struct Quitter: PrimitiveStep {
      func run(in context: StepContext) async throws { throw CancellationError() }
    }
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
      Health()
      Quitter()
      SwapNginx()
      Reload()
    }
    let host = SimulatedHost(for: plan.application)
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 1 && report.serving == .blue, "\(report)")
    #expect(
      report.failure?.message == "Quitter threw CancellationError although the run was not "
        + "cancelled")
    #expect(!host.isRunning("app-green"))
  }

  @Test func `what the plan cannot take back any more is not said to be taken back`() async throws {
    func plan(_ isWhole: Bool) -> Deploy {
      Deploy("app") {
        DetectActive()
        Up(.target)
        if isWhole { Run("migrate").undo { Run("unmigrate") } }
        Run("work")
      }
    }
    let folder = try TemporaryFolder()
    let host = SimulatedHost(for: plan(true).application)
    for (words, status) in [("migrate", 0), ("unmigrate", 1), ("work", 1)] as [(String, Int32)] {
      host.respond(to: words, with: CommandResult(status: status))
    }
    var options = RunOptions(stateFolder: folder.path)
    let first = try await Deployer(executor: .mock(host), options: options).run(plan(true))
    #expect(first.exitCode == 4 && first.isInterrupted, "\(first)")
    options.resume = .undo
    let second = try await Deployer(executor: .mock(host), options: options).run(plan(false))
    #expect(second.exitCode == 4 && second.isInterrupted, "\(second)")
    let lost = try #require(second.undone.last)
    #expect(lost.failure?.message == "undo Run migrate is no longer in the plan")
    // With the plan of that run it is still possible.
    host.respond(to: "unmigrate", with: CommandResult(status: 0))
    let third = try await Deployer(executor: .mock(host), options: options).run(plan(true))
    #expect(third.outcome == .undone, "\(third)")
  }

  @Test func `a proxy that does not answer is a problem of the application's status`() async throws
  {
    let plan = Deploy("app") { DetectActive() }
    let host = SimulatedHost(for: plan.application)
    let runner = Deployer(executor: .mock(host))
    #expect(try await runner.status(of: plan.application).isHealthy)
    host.fail(
      .probe(containing: "127.0.0.1"),
      .throwing(.noAnswer(reason: "no answer within 5 s")))
    let status = try await runner.status(of: plan.application)
    #expect(!status.isHealthy)
    #expect(status.problem?.hasPrefix("the proxy does not answer at ") == true, "\(status)")
  }
}
