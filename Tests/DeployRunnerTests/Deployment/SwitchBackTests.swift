import BgrunTestSupport
import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// Rolling back when the proxy was not as the file said, and what cannot be rolled back.
@Suite struct SwitchBackTests {
  @Test func `a rollback goes to the colour that a person said, not to what the file said`()
    async throws
  {
    let plan = Deploy.standard(after: { Run("smoke") })
    // The file was written manually, and nginx never loaded it.
    let host = SimulatedHost(for: plan) { $0.pointFile(at: .green) }
    host.fail(.command(containing: "smoke"))
    try await expectEnd("Rollback", of: plan, on: host, RunOptions(active: .blue))
  }

  @Test func `a step that throws CancellationError although the run was not cancelled has failed`()
    async throws
  {
    struct Quitter: PrimitiveStep {
      func run(in context: StepContext) async throws { throw CancellationError() }
    }
    try await expectEnd("Rollback", of: .standard(before: { Quitter() }))
  }

  @Test func `an undo that the plan no longer has is not said to be done`() async throws {
    func plan(_ isWhole: Bool) -> Deploy {
      Deploy("app") {
        DetectActive()
        Up(.target)
        if isWhole { Run("migrate").undo { Run("unmigrate") } }
        Run("work")
      }
    }
    let (host, folder) = (SimulatedHost(for: plan(true)), try TemporaryFolder())
    host.fail(.command(containing: "unmigrate").onAttempt(1))
    host.fail(.command(containing: "work"))
    var options = RunOptions(stateFolder: folder.stateFolder)
    try await expectEnd("Rollback", of: plan(true), on: host, options, "first")
    options.resume = .undo
    try await expectEnd("Rollback", of: plan(false), on: host, options, "changed plan")
    // With the plan of that run it is still possible.
    try await expectEnd("Rollback", of: plan(true), on: host, options, "plan of the run")
  }

  @Test func `a proxy that does not answer is an issue of the application's status`() async throws {
    let plan = Deploy("app") { DetectActive() }
    let host = SimulatedHost(for: plan)
    let runner = Deployer(executor: .mock(host))
    #expect(try await runner.status(of: plan.application).isHealthy)
    host.fail(
      .probe(containing: "127.0.0.1"), .throwing(.noAnswer(reason: "no answer within 5 s")))
    let status = try await runner.status(of: plan.application)
    #expect(!status.isHealthy)
    #expect(status.problem?.hasPrefix("the proxy does not answer at ") == true, "\(status)")
  }
}
