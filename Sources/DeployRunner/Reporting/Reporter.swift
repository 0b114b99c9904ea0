/// Turns a run's events into what a person or a program reads.
///
/// ```swift
/// var reporter = HumanReporter(to: sink)
/// for await event in run.events { reporter.report(event) }
/// ```
public protocol Reporter {
  /// Takes the next event.
  mutating func report(_ event: Event)

  /// Says that a signal asked the run to end; its end record then says 128 + the signal's number.
  mutating func interrupt(signal: Int32)
}

/// Where a reporter's text goes.
public struct ReportSink: Sendable {
  /// The two kinds of text.
  public enum Channel: Hashable, Sendable {
    /// The record of the run: standard output.
    case results
    /// What went wrong: standard error.
    case problems
  }

  private let body: @Sendable (String, Channel) -> Void

  /// Makes a sink of a function that writes a text as it is.
  public init(_ write: @escaping @Sendable (String, Channel) -> Void) { body = write }

  package func write(_ text: String, to channel: Channel) { body(text, channel) }

  /// A sink that names the plan in the commands that messages propose: for `bgrun status PLAN` it
  /// writes a command that can be pasted.
  package func naming(plan: String) -> ReportSink {
    ReportSink { [self] text, channel in
      guard text.utf8.contains(UInt8(ascii: "`")) else { return write(text, to: channel) }
      write(text.replacing(/(`bgrun (?:[a-z]+ )?)PLAN\b/) { $0.output.1 + plan }, to: channel)
    }
  }
}
