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
  ///
  /// - Parameter program: what the commands begin with instead of `bgrun`: a program that holds the
  ///   plan, so that they do not name it.
  package func naming(plan: String, of program: String? = nil) -> ReportSink {
    ReportSink { [self] text, channel in
      guard text.utf8.contains(UInt8(ascii: "`")) else { return write(text, to: channel) }
      let text = text.replacing(/`bgrun ([a-z]+ )?PLAN\b/) { match in
        let command = match.output.1 ?? ""
        guard let program else { return "`bgrun \(command)\(plan)" }
        return "`\(program) \(command.isEmpty ? "deploy" : command.dropLast())"
      }
      write(text, to: channel)
    }
  }
}
