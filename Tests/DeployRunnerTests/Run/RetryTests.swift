import DeployDSL
import Testing

@testable import DeployRunner

@Suite("Retry: steps that are run again from the first")
struct RetryTests {
  /// Fails as often as it is told to, on the simulated host.
  private func host(_ plan: Deploy, failing attempts: ClosedRange<Int>) -> SimulatedHost {
    let host = SimulatedHost(for: plan.application)
    host.fail(.command(containing: "flaky").onAttempts(attempts), .failing(exit: 1))
    return host
  }

  private static let plan = Deploy("app") {
    Run("before")
    Retry(2, backoff: .constant(5)) {
      Run("first")
      Run("flaky")
      Run("last")
    }
    Run("after")
  }

  @Test func `the steps are run again until all of them succeed`() async throws {
    let host = host(Self.plan, failing: 1...2)
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.outcome == .succeeded && report.warnings.isEmpty, "\(report)")
    #expect(
      host.commands == [
        "before", "first", "flaky", "first", "flaky", "first", "flaky", "last", "after",
      ])
    #expect(
      report.nodes.map(\.name) == [
        "Run before", "Run first", "Run flaky", "Run last", "Run after",
      ])
    #expect(report.duration >= .seconds(10) && report.duration < .seconds(11))
  }

  @Test func `after the last time the run fails with the last failure`() async throws {
    let host = host(Self.plan, failing: 1...9)
    let report = try await Deployer(executor: .mock(host)).run(Self.plan)
    #expect(report.outcome == .failed)
    #expect(report.failure?.message.contains("flaky") == true)
    #expect(host.commands.count { $0 == "flaky" } == 3 && !host.commands.contains("last"))
  }

  @Test func `a time that a further round would not fit into ends it`() async throws {
    let plan = Deploy("app") {
      Retry(9, backoff: .constant(5)) { Run("flaky") }.timeout(12)
    }
    let host = host(plan, failing: 1...9)
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .failed)
    #expect(host.commands.count == 3)
  }

  @Test func `a step that was not done in its own time is run again, with its time anew`()
    async throws
  {
    let plan = Deploy("app") {
      Retry(1, backoff: .constant(1)) {
        Group("g") { Run("flaky").timeout(5) }.timeout(8)
      }
    }
    let host = SimulatedHost(for: plan.application)
    host.fail(.command(containing: "flaky").onAttempt(1), .hanging)
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
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
    let host = SimulatedHost(for: plan.application)
    host.change { $0.behavior(of: "grafana-green", .unhealthy) }
    host.at(.seconds(6)) { $0.behavior(of: "grafana-green", .healthy) }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(host.violations.isEmpty)
    #expect(host.commands.count { $0.contains(" up ") } == 2, "\(report)")
  }

  @Test func `rounds of an inner block begin anew in each round of the outer`() async throws {
    let plan = Deploy("app") {
      Retry(1, backoff: .constant(1)) {
        Run("outer")
        Retry(1, backoff: .constant(1)) { Run("flaky") }
      }
    }
    let host = host(plan, failing: 1...3)
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.commands == ["outer", "flaky", "flaky", "outer", "flaky", "flaky"])
  }

  @Test func `a condition in the block is decided anew`() async throws {
    let plan = Deploy("app") {
      Retry(1, backoff: .constant(1)) {
        When(.exists("marker")) {
          Run("there")
        } otherwise: {
          Run("flaky")
        }
      }
    }
    let host = host(plan, failing: 1...1)
    host.at(.milliseconds(500)) { $0.write("x", to: "marker") }
    let report = try await Deployer(executor: .mock(host)).run(plan)
    #expect(report.outcome == .succeeded, "\(report)")
    #expect(host.commands == ["flaky", "there"])
  }

  @Test func `a run that died between two rounds begins the block again`() throws {
    let graph = try Self.plan.graph()
    func ended(_ node: Int, _ status: NodeReport.Status) -> JournalRecord {
      JournalRecord(
        number: node + 1, at: 0,
        entry: .nodeFinished(
          node: node, status: status, milliseconds: 1, summary: "", failure: nil))
    }
    let state = JournalState([ended(0, .succeeded), ended(1, .succeeded), ended(2, .retried)])
    let resumeState = ResumeState(state: state, graph: graph)
    #expect(graph.nodes.map(resumeState.isDone) == [true, false, false, false, false])
  }

  @Test func `once the run is ending no further round begins`() throws {
    var state = RunState(try Self.plan.graph())
    _ = state.start()
    state.succeeded(0)
    _ = state.start()
    let round = try #require(state.furtherRound(after: 1))
    #expect(round == RunState.Round(scope: 0, number: 2, count: 3, pause: .seconds(5)))
    #expect(state.furtherRound(after: 0) == nil)
    state.failed(1)
    #expect(state.again(round, after: 1) == [])
    #expect(state.start() == [])
  }
}
