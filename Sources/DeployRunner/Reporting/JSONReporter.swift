import DeployDSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes one JSON object a line for each event, with keys in alphabetical order.
///
/// Every line has `event` and `time` (seconds since the run's beginning). The last one, with the
/// event `run-finished`, carries `outcome`, `exitCode`, `serving` and `steps`.
public struct JSONReporter: Reporter {
  private let sink: ReportSink
  private let encoder: JSONEncoder
  private var graph: StepGraph?
  private var last = Duration.zero
  private var signal: Int32?

  /// Makes a reporter.
  public init(to sink: ReportSink) {
    self.sink = sink
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Writes the event's line.
  public mutating func report(_ event: Event) {
    if case .runStarted(let graph, _) = event.kind { self.graph = graph }
    last = event.at
    write(JSONEvent(event, graph: graph, signal: signal))
  }

  /// Writes a line with the event `interrupted`.
  public mutating func interrupt(signal: Int32) {
    self.signal = signal
    var line = JSONEvent("interrupted", at: last)
    line.signal = signal
    write(line)
  }

  private func write(_ line: JSONEvent) {
    guard let data = try? encoder.encode(line) else { return }
    sink.write(String(decoding: data, as: UTF8.self) + "\n", to: .results)
  }
}
