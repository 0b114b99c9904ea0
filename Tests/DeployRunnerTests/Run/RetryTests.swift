import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

/// Retry: steps that are run again from the first.
@Suite struct RetryTests {
  private static let plan = Deploy("app") {
    Run("before")
    Retry(2, backoff: .constant(5)) {
      Run("first")
      Run("flaky")
      Run("last")
    }
    Run("after")
  }

  private static let inner = Deploy("app") {
    Retry(1, backoff: .constant(1)) {
      Run("outer")
      Retry(1, backoff: .constant(1)) { Run("flaky") }
    }
  }

  private static let branching = Deploy("app") {
    Retry(1, backoff: .constant(1)) {
      When(.exists("marker")) {
        Run("there")
      } otherwise: {
        Run("flaky")
      }
    }
  }

  /// A plan, how often its flaky step fails, and the commands that are run then.
  private static let runs: [(Deploy, Int, RunReport.Outcome, commands: String)] = [
    (plan, 2, .succeeded, "before first flaky first flaky first flaky last after"),
    (plan, 9, .failed, "before first flaky first flaky first flaky"),
    // A time that a further round would not fit into ends it.
    (
      Deploy("app") { Retry(9, backoff: .constant(5)) { Run("flaky") }.timeout(12) }, 9, .failed,
      "flaky flaky flaky"
    ),
    (
      Deploy("app") { Run("flaky").retry(2, backoff: .constant(5)) }, 2, .succeeded,
      "flaky flaky flaky"
    ),
    (Deploy("app") { Run("flaky").retry(1, backoff: .constant(5)) }, 9, .failed, "flaky flaky"),
    // The rounds of an inner block begin anew in each round of the outer one.
    (inner, 3, .succeeded, "outer flaky flaky outer flaky flaky"),
    // A condition in the block is decided anew.
    (branching, 1, .succeeded, "flaky there"),
  ]

  @Test(arguments: runs.indices)
  func `the steps are run again until all of them succeed`(index: Int) async throws {
    let (plan, failures, outcome, commands) = Self.runs[index]
    let host = SimulatedHost(for: plan)
    host.fail(.command(containing: "flaky").onAttempts(1...failures))
    host.at(.milliseconds(500)) { $0.write("x", to: "marker") }
    let report = try await plan.rehearse(on: host).report
    #expect(report.outcome == outcome && report.warnings.isEmpty, "\(report)")
    #expect(host.commands.joined(separator: " ") == commands)
  }

  @Test func `between two rounds the backoff passes`() async throws {
    let host = SimulatedHost(for: Self.plan)
    host.fail(.command(containing: "flaky").onAttempts(1...2))
    let report = try await Self.plan.rehearse(on: host).report
    #expect(report.duration >= .seconds(10) && report.duration < .seconds(11))
  }

  @Test func `a step that timed out is run again, with its time anew`() async throws {
    let plan = Deploy("app") {
      Retry(1, backoff: .constant(1)) { Group("g") { Run("flaky").timeout(5) }.timeout(8) }
    }
    let host = SimulatedHost(for: plan)
    host.fail(.command(containing: "flaky").onAttempt(1), .hanging)
    #expect(try await plan.rehearse(on: host).outcome == .succeeded)
    #expect(host.commands == ["flaky", "flaky"])
  }

  @Test func `a target that does not come up is started again`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      Retry(1) {
        Up(.target)
        Health(retries: 2)
      }
      SwapNginx()
      Reload()
      Stop(.previous)
    }
    let host = SimulatedHost(for: plan) { $0.behavior(of: "grafana-green", .unhealthy) }
    host.at(.seconds(6)) { $0.behavior(of: "grafana-green", .healthy) }
    let report = try await plan.rehearse(on: host).report
    #expect(host.violations.isEmpty)
    #expect(host.commands.count { $0.contains(" up ") } == 2, "\(report)")
  }

  @Test func `a run that was killed between two rounds begins the block again`() throws {
    let graph = try Self.plan.graph()
    func ended(_ node: Int, _ status: NodeReport.Status) -> JournalRecord {
      JournalRecord(
        number: node + 1, at: 0,
        entry: .nodeFinished(
          node: node, status: status, milliseconds: 1, summary: "", failure: nil))
    }
    let state = JournalState([ended(0, .succeeded), ended(1, .succeeded), ended(2, .retried)])
    let resumption = ResumeState(state: state, graph: graph)
    #expect(graph.nodes.map(resumption.isDone) == [true, false, false, false, false])
  }

  @Test func `once the run is ending no further round begins`() throws {
    var state = RunState(try Self.plan.graph())
    _ = state.start()
    state.succeeded(0)
    _ = state.start()
    let round = try #require(state.furtherRound(after: 1))
    #expect(round == RunState.Round(scope: 0, number: 2, count: 3, pause: .seconds(5)))
    #expect(state.furtherRound(after: 0) == nil)
    state.failed()
    #expect(state.again(round) == [])
    #expect(state.start() == [])
  }
}
