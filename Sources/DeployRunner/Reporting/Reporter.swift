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

  /// A sink that completes the commands in messages, so that they can be pasted: `bgrun status PLAN`
  /// gets the plan's path, and `docker compose up` the folder that it has to run in.
  ///
  /// - Parameters:
  ///   - plan: the plan's path with the options that find its project; empty if the command finds
  ///     them itself.
  ///   - program: what the commands begin with instead of `bgrun`: a program that holds the plan.
  ///     Default: `bgrun`.
  ///   - folder: the project's folder; `nil` if that is the working folder. Default: it is.
  package func naming(
    plan: String, of program: String? = nil, in folder: @escaping @Sendable () -> String? = { nil }
  ) -> ReportSink {
    ReportSink { [self] text, channel in
      guard text.utf8.contains(UInt8(ascii: "`")) else { return write(text, to: channel) }
      var text = text.naming(plan: plan, of: program)
      if let folder = folder() {
        text.replace(
          /`(?=(?:\w+=\S+ )*docker compose (?!--project-directory)|cp )/,
          with: "`\(Command(["cd", folder])) && ")
      }
      write(text, to: channel)
    }
  }
}

extension String {
  /// The text with commands that can be pasted: `bgrun status PLAN` gets the plan's path.
  ///
  /// - Parameters: see ``ReportSink/naming(plan:of:in:)``.
  package func naming(plan: String, of program: String? = nil) -> String {
    replacing(/`bgrun ([a-z]+ )?PLAN\b/) { match in
      let command = match.output.1?.dropLast() ?? (program == nil ? "" : "deploy")
      let words = [program ?? "bgrun", String(command), plan]
      return "`" + words.filter { !$0.isEmpty }.joined(separator: " ")
    }
  }
}
