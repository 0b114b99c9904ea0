import DeployDSL
import DeployRunner
import Testing

@Suite struct ComposeInspectorTests {
  @Test func `a Compose file that Compose does not take ends with 6, in Compose's words`()
    async throws
  {
    let plan = Deploy("app") {
      DetectActive()
      Up(.target)
    }
    let host = SimulatedHost(for: plan.application)
    host.fail(
      .command(containing: "compose config"),
      .failing(exit: 15, errors: "yaml: line 3: did not find expected key"))
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.exitCode == 6 && report.outcome == .unusable, "\(report)")
    let message = try #require(report.failure?.message)
    #expect(message.contains("cannot read the Compose project: "))
    #expect(message.contains("yaml: line 3"))
  }
}
