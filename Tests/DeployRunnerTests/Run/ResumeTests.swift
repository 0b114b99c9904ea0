import DeployDSL
import DeployRunner
import DeploySimulator
import Synchronization
import Testing

@Suite("What a resumed run does again")
struct ResumeTests {
  private static let rows = Key<Int>("rows")

  private struct Count: PrimitiveStep {
    let writes = Keys(ResumeTests.rows)
    var isRepeatable = false
    func run(in context: StepContext) async throws {
      try await context.run("count")
      try context.set(ResumeTests.rows, to: 42)
    }
  }

  private struct Check: PrimitiveStep {
    let reads = Keys(ResumeTests.rows)
    func run(in context: StepContext) async throws {
      try await context.run("check", "\(try context.value(of: ResumeTests.rows))")
    }
  }

  /// Runs a plan that stops half-way, and goes on with it.
  private func resumed(
    _ plan: Deploy, _ options: RunOptions = RunOptions()
  ) async throws -> (report: RunReport, host: SimulatedHost) {
    let folder = try TemporaryFolder()
    let host = SimulatedHost(for: plan.application)
    host.fail(.command(containing: "flaky").onAttempt(1), .failing(exit: 1))
    var options = options
    options.stateFolder = folder.path
    let first = try await Deployer(executor: .mock(host), options: options).run(plan)
    #expect(first.isInterrupted, "\(first)")
    options.resume = .goOn
    return (try await Deployer(executor: .mock(host), options: options).run(plan), host)
  }

  @Test func `a lost value is made again by a step that may be repeated`() async throws {
    let plan = Deploy("app") {
      Count(isRepeatable: true)
      Run("flaky").onFailure(.stop)
      Check()
    }
    let (report, host) = try await resumed(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.commands == ["count", "flaky", "count", "flaky", "check 42"])
  }

  @Test func `without such a step the run does not go on`() async throws {
    let plan = Deploy("app") {
      Count()
      Run("flaky").onFailure(.stop)
      Check()
    }
    let (report, host) = try await resumed(plan)
    #expect(report.outcome == .locked && host.commands == ["count", "flaky"])
    let failure = try #require(report.failure)
    #expect(failure.message.hasPrefix("Check reads \"rows\", which Count had set in run "))
    #expect(failure.message.hasSuffix(" and which was not kept, so it cannot be resumed"))
    #expect(
      failure.fix
        == "roll it back with `bgrun resume PLAN --undo`, or make that step isRepeatable"
    )
  }

  @Test func `a target that the proxy may serve is not recreated for a new image`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Up(.target)
      Health()
      SwapNginx()
      Reload()
      Run("flaky").onFailure(.stop)
      Stop(.previous)
    }
    let folder = try TemporaryFolder()
    let host = SimulatedHost(for: plan.application)
    host.fail(.command(containing: "flaky").onAttempt(1), .failing(exit: 1))
    var options = RunOptions(stateFolder: folder.path)
    _ = try await Deployer(executor: .mock(host), options: options).run(plan)
    let before = host.operations.count
    host.change { $0.service("grafana-green") { $0.image = "grafana:2.0" } }
    options.resume = .goOn
    let report = try await Deployer(executor: .mock(host), options: options).run(plan)
    #expect(report.outcome == .succeeded && host.violations.isEmpty, "\(report)")
    let resumed = host.operations.dropFirst(before).map(\.description)
    #expect(!resumed.contains { $0.contains(" up ") }, "\(resumed)")
  }

  @Test func `a person is asked again, for the world may have changed`() async throws {
    let plan = Deploy("app") {
      Approve("Go on?")
      Notify(.command("tell"))
      Run("flaky").onFailure(.stop)
    }
    let asked = Mutex(0)
    let (report, host) = try await resumed(
      plan,
      RunOptions(
        approval: .ask { _ in
          asked.withLock { $0 += 1 }
          return true
        }))
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(asked.withLock(\.self) == 2)
    #expect(host.commands.count { $0.contains("tell") } == 1)
  }

  @Test func `a branch that was taken is kept, though its condition would say no now`()
    async throws
  {
    let plan = Deploy("app") {
      When(!.exists("marker")) {
        Run("begin")
        Run("flaky").onFailure(.stop).before { Run("mark") }
      } otherwise: {
        Run("never")
      }
    }
    let folder = try TemporaryFolder()
    let host = SimulatedHost(for: plan.application)
    host.fail(.command(containing: "flaky").onAttempt(1), .failing(exit: 1))
    var options = RunOptions(stateFolder: folder.path)
    _ = try await Deployer(executor: .mock(host), options: options).run(plan)
    host.change { $0.write("x", to: "marker") }
    options.resume = .goOn
    let report = try await Deployer(executor: .mock(host), options: options).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.commands == ["begin", "mark", "flaky", "flaky"])
  }
}
