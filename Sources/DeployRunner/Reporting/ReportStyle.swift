/// How a run is shown as text.
package struct ReportStyle: Sendable {
  /// The level of detail.
  package enum Detail: Int, Sendable, Comparable {
    /// Failures and the last line.
    case quiet
    /// A line for each step.
    case normal
    /// Also every command and its output.
    case verbose

    /// Whether the first level shows less.
    package static func < (left: Detail, right: Detail) -> Bool { left.rawValue < right.rawValue }
  }

  /// The level of detail.
  package var detail: Detail
  /// Whether colours are used.
  package var isColored: Bool
  /// Whether live lines show the steps that run and that are to come; for terminals only.
  package var isLive: Bool
  /// Whether a terminal shows the text, so that lines are broken at words. Default: no.
  package var isTerminal = false
  /// The height of the terminal, read before live lines are drawn. Default: 24 lines.
  package var height: @Sendable () -> Int = { 24 }
  /// How long a log may be silent before it says what the run waits for; `nil` if it may stay
  /// silent. Default: `nil`.
  package var pulse: Duration?
  /// The width of the terminal, read before each line.
  package var width: @Sendable () -> Int
  /// The host of the run, if it is worth showing: `simulated host`.
  package var host: String?
  /// The time since the run started, for the live lines and the pulse; `nil` uses the time of the events.
  package var now: (@Sendable () -> Duration)?

  /// The purpose of the run, shown on its first line.
  package var purpose = RunPurpose.deploy
  /// The options that set the plan's parameters, as proposed commands repeat them: ` --set tag=2`.
  package var settings = ""
  /// Whether the last line shows the exit code. Default: yes, except where a summary of several
  /// runs shows it.
  package var showsExitCode = true

  /// Creates a style; the default is plain text without control codes.
  ///
  /// - Parameters:
  ///   - detail: the level of detail. Default: a line for each step.
  ///   - isColored: whether colours are used. Default: no.
  ///   - isLive: whether a live line shows the current step. Default: no.
  ///   - width: the width of the terminal in columns. Default: 80.
  ///   - host: the host of the run, as text. Default: not shown.
  ///   - now: the time since the run started, for the live line. Default: the time of the events.
  package init(
    detail: Detail = .normal, isColored: Bool = false, isLive: Bool = false,
    width: @escaping @Sendable () -> Int = { 80 }, host: String? = nil,
    now: (@Sendable () -> Duration)? = nil
  ) {
    self.detail = detail
    self.isColored = isColored
    self.isLive = isLive
    self.width = width
    self.host = host
    self.now = now
  }
}
