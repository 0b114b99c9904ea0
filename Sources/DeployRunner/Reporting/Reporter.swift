/// Turns a run's events into text for users or programs.
///
/// ```swift
/// var reporter = HumanReporter(to: sink)
/// for await event in run.events { reporter.report(event) }
/// ```
public protocol Reporter {
  /// Reports the next event.
  mutating func report(_ event: Event)

  /// Reports that a signal interrupted the run; the exit code becomes 128 + the signal's number.
  mutating func interrupt(signal: Int32)
}

/// The destination of a reporter's text.
public struct ReportSink: Sendable {
  /// The output channels.
  public enum Channel: Hashable, Sendable {
    /// The log of the run: standard output.
    case results
    /// Failures and warnings: standard error.
    case problems
  }

  private let body: @Sendable (String, Channel) -> Void

  /// Creates a sink from a function that writes a text unchanged.
  public init(_ write: @escaping @Sendable (String, Channel) -> Void) { body = write }

  package func write(_ text: String, to channel: Channel) { body(text, channel) }

  /// A sink that inserts the plan's path into the commands in messages: `bgrun status PLAN` becomes
  /// a command that can be pasted.
  package func naming(plan: String) -> ReportSink {
    ReportSink { [self] text, channel in
      guard text.utf8.contains(UInt8(ascii: "`")) else { return write(text, to: channel) }
      write(text.replacing(/(`bgrun (?:[a-z]+ )?)PLAN\b/) { $0.output.1 + plan }, to: channel)
    }
  }
}
