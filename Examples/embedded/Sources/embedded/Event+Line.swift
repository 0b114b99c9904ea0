import DeployRunner
import Foundation

extension DeployRunner.Event {
  /// The event as this program shows it; `nil` if it does not.
  var line: String? {
    guard let text else { return nil }
    let seconds = Double(at.components.seconds) + Double(at.components.attoseconds) / 1e18
    return String(format: "%6.2f s  ", seconds) + text
  }

  private var text: String? {
    switch kind {
    case .runStarted(let graph, let isDryRun):
      "\(graph.application.name): \(graph.nodes.count) steps" + (isDryRun ? ", dry run" : "")
    case .operation(let operation) where operation.effect == .change: "  $ \(operation.text)"
    case .output(let line): "  | \(line.text)"
    case .probe(_, _, let answer, _): "  ? \(answer)"
    case .retry(let attempt, let count, let reason): "  attempt \(attempt) of \(count): \(reason)"
    case .asked(let question): "asks: \(question)"
    case .note(let text): "  \(text)"
    case .warning(let text): "  warning: \(text)"
    case .nodeFinished(let report):
      switch report.status {
      case .failed: "✗ \(report.name): \(report.failure.map { "\($0)" } ?? "")"
      default: "\(report.status == .succeeded ? "✓" : "–") \(report.name) \(report.summary)"
      }
    case .undoFinished(let what, let failure):
      "↩ \(what)" + (failure.map { " failed: \($0)" } ?? "")
    case .versions(let change): change.text.map { "  \($0)" }
    case .nodeStarted, .operation, .interruptionMeans, .undoStarted, .runFinished, .estimate,
      .deadline, .difference:
      nil
    }
  }
}
