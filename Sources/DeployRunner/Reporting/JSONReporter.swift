import BgrunSystem
import DeployDSL

/// Writes each event as one JSON object per line, with keys in alphabetical order.
///
/// Every line has `event`, `time` (seconds since the run started), `date` (wall-clock time),
/// `application` and, except in a dry run, `run`; what belongs to a step also has `node` and `step`.
/// The last line, with the event `run-finished`, has `outcome`, `exitCode`, `serving` and `steps`.
/// `bgrun help schema` describes all lines.
public struct JSONReporter: Reporter {
  private let sink: ReportSink
  private let encoder: JSONEncoder
  private var graph: StepGraph?
  private var last: Event?
  private var signal: Int32?
  private let purpose: RunPurpose
  private let isVerbose: Bool
  private let host: String?
  /// What each running step has asked and was answered, and how much of it was repeated.
  private var told: [Int: (texts: Set<String>, folded: Int)] = [:]

  /// The version of the schema of the lines: `bgrun help schema`.
  package static let schema = 1

  /// Makes a reporter.
  public init(to sink: ReportSink) { self.init(to: sink, purpose: .deploy) }

  /// - Parameters:
  ///   - purpose: the purpose of the run; the first line contains it unless it is a deploy.
  ///   - isVerbose: whether what a step repeats has lines of its own. Default: no.
  ///   - host: the host, which every line contains, if there are several.
  package init(
    to sink: ReportSink, purpose: RunPurpose, isVerbose: Bool = false, host: String? = nil
  ) {
    self.isVerbose = isVerbose
    self.sink = sink
    self.purpose = purpose
    self.host = host
    encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  /// Writes the event's line.
  public mutating func report(_ event: Event) {
    defer { last = event }
    guard isVerbose || !isRepeated(event) else { return }
    var line = Line(event: event)
    switch event.kind {
    case .runStarted(let graph, _):
      self.graph = graph
      line.schema = Self.schema
      line.purpose = purpose == .deploy ? nil : purpose.rawValue
    case .runFinished(let report): line.exitCode = report.outcome.exitCode(afterSignal: signal)
    case .nodeFinished(let report):
      line.folded = told.removeValue(forKey: report.node).flatMap {
        $0.folded > 0 ? $0.folded : nil
      }
    default: break
    }
    line.application = graph?.application.name
    line.host = host
    line.step = event.node.flatMap {
      graph?.nodes.indices.contains($0) == true ? graph?.nodes[$0].name : nil
    }
    write(line)
  }

  /// Whether a step has read or was answered the same before.
  private mutating func isRepeated(_ event: Event) -> Bool {
    guard let node = event.node else { return false }
    let text: String
    switch event.kind {
    case .operation(let entry) where entry.effect != .change: text = entry.text
    case .probe(_, _, let answer, let isGood): text = "\(isGood) \(answer)"
    default: return false
    }
    let isNew = told[node, default: ([], 0)].texts.insert(text).inserted
    if !isNew { told[node]?.folded += 1 }
    return !isNew
  }

  /// Writes a line with the event `interrupted`.
  public mutating func interrupt(signal: Int32) {
    self.signal = signal
    write(
      Interruption(
        time: last?.at.inMilliseconds ?? 0,
        date: Timestamp.iso(milliseconds: Timestamp.nowInMilliseconds), run: last?.run,
        application: graph?.application.name, host: host, signal: signal))
  }

  /// An event and the values that only the reporter knows.
  private struct Line: Encodable {
    private enum CodingKeys: CodingKey {
      case application, host, step, purpose, exitCode, schema, folded
    }

    var event: Event
    var application: String?
    var host: String?
    var step: String?
    var purpose: String?
    /// The exit code after a signal.
    var exitCode: Int32?
    var schema: Int?
    /// How many repeated operations and probes have no line.
    var folded: Int?

    func encode(to encoder: any Encoder) throws {
      try event.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encodeIfPresent(application, forKey: .application)
      try container.encodeIfPresent(host, forKey: .host)
      try container.encodeIfPresent(step, forKey: .step)
      try container.encodeIfPresent(purpose, forKey: .purpose)
      try container.encodeIfPresent(exitCode, forKey: .exitCode)
      try container.encodeIfPresent(schema, forKey: .schema)
      try container.encodeIfPresent(folded, forKey: .folded)
    }
  }

  private struct Interruption: Encodable {
    var event = "interrupted"
    var time: Double
    var date: String
    var run: String?
    var application: String?
    var host: String?
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
