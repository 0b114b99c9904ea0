import DeployDSL
import Synchronization

@testable import DeployRunner

/// Keeps what a reporter writes.
final class Recorder: Sendable {
  private let texts = Mutex<[(text: String, channel: ReportSink.Channel)]>([])

  var sink: ReportSink {
    ReportSink { text, channel in self.texts.withLock { $0.append((text, channel)) } }
  }

  /// Everything, as a terminal gets it.
  var text: String { texts.withLock { $0.map(\.text).joined() } }

  /// What one channel gets.
  func text(_ channel: ReportSink.Channel) -> String {
    texts.withLock { $0.filter { $0.channel == channel }.map(\.text).joined() }
  }
}

/// A short run, told event by event.
struct Story {
  let graph: StepGraph

  init() throws {
    let plan = Deploy("grafana", file: "plan.swift", line: 3, column: 1) {
      DetectActive()
      Up(.target)
      Health(retries: 15, every: 2)
      SwapNginx()
      Reload()
    }
    var graph = try plan.graph()
    for index in graph.nodes.indices {
      graph.nodes[index].location = SourceLocation(file: "plan.swift", line: 4 + index, column: 3)
    }
    self.graph = graph
  }

  func started(isDryRun: Bool = false) -> DeployRunner.Event {
    Event(at: .zero, kind: .runStarted(graph: graph, isDryRun: isDryRun))
  }

  func begin(_ node: Int, at seconds: Double) -> Event {
    Event(at: .seconds(seconds), node: node, kind: .nodeStarted)
  }

  func end(
    _ node: Int, at seconds: Double, took: Double, _ summary: String = "",
    failure: DeployError? = nil
  ) -> Event {
    Event(
      at: .seconds(seconds), node: node,
      kind: .nodeFinished(report(node, took: took, summary, failure: failure)))
  }

  func report(
    _ node: Int, took: Double, _ summary: String, failure: DeployError? = nil
  ) -> NodeReport {
    NodeReport(
      node: node, name: graph.nodes[node].name, status: failure == nil ? .succeeded : .failed,
      summary: summary, failure: failure, attempts: 1, duration: .seconds(took))
  }

  func finished(
    _ outcome: RunReport.Outcome, serving: Color?, failure: DeployError? = nil,
    failedNode: Int? = nil, nodes: [NodeReport] = [], undone: [UndoReport] = [],
    seconds: Double, isDryRun: Bool = false, isInterrupted: Bool = false
  ) -> Event {
    var report = RunReport(
      outcome: outcome, application: graph.application, serving: serving, failure: failure,
      failedNode: failedNode, nodes: nodes, undone: undone, warnings: [],
      duration: .seconds(seconds), isDryRun: isDryRun)
    report.isInterrupted = isInterrupted
    return Event(at: .seconds(seconds), kind: .runFinished(report))
  }

  /// Detects, starts, and finds the target unhealthy.
  static let unhealthy = DeployError(
    .unhealthy, "grafana-green did not become healthy: connection refused",
    fix: "read its log", details: ["first line", "\u{1B}[31msecond\tline"])

  func failing() -> [Event] {
    [
      started(), begin(0, at: 0), end(0, at: 0.2, took: 0.2, "blue serves"),
      begin(1, at: 0.2), end(1, at: 0.6, took: 0.4, "grafana-green started"), begin(2, at: 0.6),
      probe(1, "connection refused", at: 0.7), probe(2, "connection refused", at: 2.7),
      probe(3, "HTTP 503", at: 4.7), end(2, at: 5, took: 4.4, failure: Self.unhealthy),
      Event(at: .seconds(5), kind: .undoStarted("stop grafana-green")),
      Event(at: .seconds(6), kind: .undoFinished("stop grafana-green", failure: nil)),
      finished(
        .failed, serving: .blue, failure: Self.unhealthy, failedNode: 2,
        undone: [UndoReport(what: "stop grafana-green", failure: nil)], seconds: 6),
    ]
  }

  func probe(_ attempt: Int, _ answer: String, at seconds: Double) -> Event {
    Event(
      at: .seconds(seconds), node: 2,
      kind: .probe(attempt: attempt, of: 15, answer: answer, isGood: false))
  }
}
