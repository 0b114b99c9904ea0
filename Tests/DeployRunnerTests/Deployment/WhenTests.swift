import DeployDSL
import DeploySimulator
import Testing

@testable import DeployRunner

@Suite("When: steps that are done only if a condition holds")
struct WhenTests {
  private func events(
    _ plan: Deploy, _ host: SimulatedHost, _ options: RunOptions = RunOptions()
  ) async throws -> (report: RunReport, notes: [String]) {
    let run = try await plan.rehearse(on: host, options: options)
    return (run.report, run.notes)
  }

  private func commands(_ condition: Condition, live: Color = .blue) async throws -> [String] {
    let plan = Deploy("app") {
      DetectActive()
      When(condition) {
        Run("yes")
      } otherwise: {
        Run("no")
      }
      Run("end")
    }
    let host = SimulatedHost(for: plan.application, live: live)
    let report = try await events(plan, host).report
    #expect(report.outcome == .succeeded, "\(report)")
    return host.commands.filter { !$0.contains("docker") }
  }

  @Test func `what is known about the host decides`() async throws {
    #expect(try await commands(.active(is: .blue)) == ["yes", "end"])
    #expect(try await commands(.active(is: .blue), live: .green) == ["no", "end"])
    #expect(try await commands(.target(is: .green)) == ["yes", "end"])
    #expect(try await commands(.isRunning(.previous)) == ["yes", "end"])
    #expect(try await commands(.isRunning(.target)) == ["no", "end"])
    #expect(try await commands(.exists("nginx/service.conf")) == ["yes", "end"])
    #expect(try await commands(.exists("nginx/other.conf")) == ["no", "end"])
    #expect(try await commands(.environment("PATH")) == ["yes", "end"])
    #expect(try await commands(.environment("PATH", is: "x")) == ["no", "end"])
    #expect(try await commands(!.active(is: .blue) || .isRunning(.previous)) == ["yes", "end"])
    #expect(try await commands(.active(is: .green) && .exists("x")) == ["no", "end"])
  }

  @Test func `what is left out is told with its reason, in nested branches too`() async throws {
    let plan = Deploy("app") {
      When("outer") { _ in
        false
      } then: {
        When("inner") { _ in
          true
        } then: {
          Run("a")
        } otherwise: {
          Run("b")
        }
      } otherwise: {
        Run("c")
      }
    }
    let host = SimulatedHost(for: plan.application)
    let report = try await events(plan, host).report
    #expect(report.outcome == .succeeded)
    let told = Dictionary(report.nodes.map { ($0.name, "\($0.status) \($0.summary)") }) { $1 }
    #expect(
      told == [
        "When outer": "succeeded no", "When inner": "skipped left out: not outer",
        "Run a": "skipped left out: not outer", "Run b": "skipped left out: not outer",
        "Run c": "succeeded ",
      ])
    #expect(host.commands == ["c"])
  }

  @Test func `a deploy goes the way that its condition says`() async throws {
    let plan = Deploy("grafana") {
      DetectActive()
      When(.target(is: .green)) {
        Up(.target)
        Health()
        SwapNginx()
        Reload()
      } otherwise: {
        Up(.target)
        Health(retries: 30)
        SwapNginx()
        Reload()
      }
      Stop(.previous)
    }
    for live in Color.allCases {
      let host = SimulatedHost(for: plan.application, live: live)
      let report = try await events(plan, host).report
      #expect(report.outcome == .succeeded, "\(report)")
      #expect(host.serving == live.other && host.violations.isEmpty)
      #expect(report.nodes.count { $0.status == .skipped } == 4)
    }
  }

  @Test func `a condition whose code throws fails the run`() async throws {
    struct Broken: Error {}
    let plan = Deploy("app") {
      When("it is clear") { _ in
        throw Broken()
      } then: {
        Run("a")
      }
    }
    let host = SimulatedHost(for: plan.application)
    let report = try await events(plan, host).report
    #expect(report.outcome == .failed && host.commands == [])
    #expect(report.failure?.message == "When it is clear failed: Broken()")
  }

  @Test func `a dry run decides what it can look up, and shows both branches of code`()
    async throws
  {
    let plan = Deploy("app") {
      DetectActive()
      When(.active(is: .green)) {
        Run("a")
      } otherwise: {
        When("the queue is empty") { context in
          try await context.run("never").output.isEmpty
        } then: {
          Run("b")
        } otherwise: {
          Run("c")
        }
      }
    }
    let host = SimulatedHost(for: plan.application)
    let (report, notes) = try await events(plan, host, RunOptions(isDryRun: true))
    #expect(report.outcome == .succeeded)
    #expect(
      Set(notes) == [
        "if the queue is empty:", "otherwise, if not the queue is empty:",
      ])
    let told = Dictionary(report.nodes.map { ($0.name, "\($0.status) \($0.summary)") }) { $1 }
    #expect(told["Run a"] == "skipped left out: not active is green")
    #expect(told["When the queue is empty"] == "succeeded only a real run decides")
    #expect(told["Run b"] == "wouldRun would run" && told["Run c"] == "wouldRun would run")
    #expect(!host.commands.contains("never"))
  }

  @Test func `a resumed run keeps to the answer that the dead one had found`() throws {
    let graph = try Deploy("app") {
      When("it rains") { _ in
        true
      } then: {
        Run("a")
      } otherwise: {
        Run("b")
      }
    }.graph()
    let ended = JournalEntry.nodeFinished(
      node: 0, status: .succeeded, milliseconds: 1, summary: "", failure: nil, answer: false)
    let state = JournalState([JournalRecord(number: 1, at: 0, entry: ended)])
    var walk = Walk(graph, ResumeState(state: state, graph: graph))
    #expect(walk.state.start() == [0])
    guard case .silently = walk.pass(graph.nodes[0]) else {
      Issue.record("the condition is asked again")
      return
    }
    #expect(walk.state.start() == [1, 2])
    guard case .leftOut = walk.pass(graph.nodes[1]) else {
      Issue.record("the wrong branch is gone")
      return
    }
    #expect(walk.pass(graph.nodes[2]) == nil)
  }
}
