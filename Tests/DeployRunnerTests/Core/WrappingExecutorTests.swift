import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

/// A wrapper that says nothing of its own but what it does with operations.
private struct Noting: WrappingExecutor {
  let base: any Executor
  let noted = Collected<HostOperation>()

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    noted.add(operation)
    return try await base.perform(operation, output: output)
  }
}

@Suite("An executor around another one")
struct WrappingExecutorTests {
  private struct Pay: PrimitiveStep {
    let told = Collected<String>()
    func run(in context: StepContext) async throws {
      told.add(context.isRehearsal ? "rehearsed" : "for real")
    }
  }

  @Test(arguments: 1...3)
  func `never runs a step's code for real around a simulated host`(depth: Int) async throws {
    let pay = Pay()
    let plan = Deploy("app") { pay }
    var executor: any Executor = MockExecutor.mock(for: plan.application)
    let clock = try #require(executor.clock as? VirtualClock)
    for _ in 0..<depth { executor = Noting(base: executor) }
    #expect(executor.isSimulated && executor.stateFolder == nil)
    #expect((executor.clock as? VirtualClock) === clock)
    let report = try await Deployer(executor: executor).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(pay.told.all == ["rehearsed"])
  }

  @Test func `keeps the lock and the journal of a real one`() {
    let executor = Noting(base: .docker(project: "/srv/app"))
    #expect(executor.stateFolder == "/srv/app/.bgrun" && !executor.isSimulated)
    #expect(DryRunExecutor(executor).stateFolder == nil)
  }
}
