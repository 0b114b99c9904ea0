import DeployDSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes one JSON object a line for each event, with keys in alphabetical order.
///
/// Every line has `event`, `time` (seconds since the run's beginning) and `application`. The last
/// one, with the event `run-finished`, carries `outcome`, `exitCode`, `serving` and `steps`.
public struct JSONReporter: Reporter {
  private let sink: ReportSink
  private let encoder: JSONEncoder
  private var graph: StepGraph?
  private var last = Duration.zero
  private var signal: Int32?
  private let purpose: ReportStyle.Purpose

  /// Makes a reporter.
  public init(to sink: ReportSink) { self.init(to: sink, purpose: .deploy) }

  /// - Parameter purpose: what the run is for; the first line says it unless it is a deploy.
  package init(to sink: ReportSink, purpose: ReportStyle.Purpose) {
    self.sink = sink
    self.purpose = purpose
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Writes the event's line.
  public mutating func report(_ event: Event) {
    if case .runStarted(let graph, _) = event.kind { self.graph = graph }
    last = event.at
    var line = JSONEvent(event, graph: graph, signal: signal)
    if case .runStarted = event.kind { line.purpose = purpose.word }
    write(line)
  }

  /// Writes a line with the event `interrupted`.
  public mutating func interrupt(signal: Int32) {
    self.signal = signal
    var line = JSONEvent("interrupted", at: last)
    line.signal = signal
    write(line)
  }

  private func write(_ event: JSONEvent) {
    var line = event
    line.application = graph?.application.name ?? event.application
    do {
      let text = String(decoding: try encoder.encode(line), as: UTF8.self)
      sink.write(text.withSpelledControls + "\n", to: .results)
    } catch {
      sink.write("bgrun: cannot write the event \(line.event) as JSON: \(error)\n", to: .problems)
    }
  }
}

extension ReportStyle.Purpose {
  /// The purpose in a word; a deploy needs none.
  fileprivate var word: String? {
    switch self {
    case .deploy: nil
    case .rollback: "rollback"
    case .resume: "resume"
    case .takeBack: "take-back"
    }
  }
}
