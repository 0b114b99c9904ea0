import DeployDSL
import DeployRunner
import DeploySimulator
import Testing

@Suite("Who ends a run")
struct CancellationTests {
  /// A plan that stands still in a step until it is let go on.
  private func plan(_ begun: Meeting, _ end: Meeting) -> Deploy {
    Deploy.standard(before: {
      Meet(meeting: begun)
      Meet(meeting: end)
    })
  }

  @Test(arguments: [true, false])
  func `a task that waits for the report and is cancelled does not`(byReport: Bool) async throws {
    let (begun, end) = (Meeting(of: 2), Meeting(of: 2))
    let plan = plan(begun, end)
    let host = SimulatedHost(for: plan)
    let runner = Deployer(executor: .mock(host))
    let handler = Task {
      byReport ? await (try runner.start(plan)).report() : try await runner.run(plan)
    }
    await begun.join()
    // The client of an HTTP request has gone.
    handler.cancel()
    await end.join()
    let report = try await handler.value
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.serving == .green && host.violations.isEmpty)
  }

  @Test func `cancel() does, whoever waits`() async throws {
    let begun = Meeting(of: 2)
    let plan = Deploy.standard(
      stops: false,
      before: {
        Meet(meeting: begun)
        Tell.forever
      })
    let host = SimulatedHost(for: plan)
    let run = try Deployer(executor: .mock(host)).start(plan)
    await begun.join()
    run.cancel()
    #expect(await run.report().outcome == .cancelled)
    #expect(host.serving == .blue && host.violations.isEmpty)
  }
}
