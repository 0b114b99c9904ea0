import DeployDSL

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Writes each event as one JSON object per line, with keys in alphabetical order.
///
/// Every line has `event`, `time` (seconds since the run started) and `application`. The last line,
/// with the event `run-finished`, has `outcome`, `exitCode`, `serving` and `steps`.
public struct JSONReporter: Reporter {
  private let sink: ReportSink
  private let encoder: JSONEncoder
  private var graph: StepGraph?
  private var last = Duration.zero
  private var signal: Int32?
  private let purpose: RunPurpose

  /// Makes a reporter.
  public init(to sink: ReportSink) { self.init(to: sink, purpose: .deploy) }

  /// - Parameter purpose: the purpose of the run; the first line contains it unless it is a deploy.
  package init(to sink: ReportSink, purpose: RunPurpose) {
    self.sink = sink
    self.purpose = purpose
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Writes the event's line.
  public mutating func report(_ event: Event) {
    var line = Line(event: event)
    switch event.kind {
    case .runStarted(let graph, _):
      self.graph = graph
      line.purpose = purpose == .deploy ? nil : purpose.rawValue
    case .runFinished(let report): line.exitCode = report.outcome.exitCode(afterSignal: signal)
    default: break
    }
    last = event.at
    line.application = graph?.application.name
    line.step = event.node.flatMap {
      graph?.nodes.indices.contains($0) == true ? graph?.nodes[$0].name : nil
    }
    write(line)
  }

  /// Writes a line with the event `interrupted`.
  public mutating func interrupt(signal: Int32) {
    self.signal = signal
    write(
      Interruption(
        time: last.inMilliseconds, application: graph?.application.name, signal: signal))
  }

  /// An event and the values that only the reporter knows.
  private struct Line: Encodable {
    private enum CodingKeys: CodingKey { case application, step, purpose, exitCode }

    var event: Event
    var application: String?
    var step: String?
    var purpose: String?
    /// The exit code after a signal.
    var exitCode: Int32?

    func encode(to encoder: any Encoder) throws {
      try event.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(application, forKey: .application)
      try container.encodeIfPresent(step, forKey: .step)
      try container.encodeIfPresent(purpose, forKey: .purpose)
      try container.encodeIfPresent(exitCode, forKey: .exitCode)
    }
  }

  private struct Interruption: Encodable {
    var event = "interrupted"
    var time: Double
    var application: String?
    var signal: Int32
  }

  private func write(_ line: some Encodable) {
    do {
      let text = String(decoding: try encoder.encode(line), as: UTF8.self)
      sink.write(text.withSpelledControls + "\n", to: .results)
    } catch {
      sink.write("bgrun: cannot write an event as JSON: \(error)\n", to: .problems)
    }
  }
}
