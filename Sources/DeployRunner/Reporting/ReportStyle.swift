/// How a run is shown to a person.
package struct ReportStyle: Sendable {
  /// How much is shown.
  package enum Detail: Int, Sendable, Comparable {
    /// Problems and the last line.
    case quiet
    /// A line for each step.
    case normal
    /// Every command and what it printed as well.
    case verbose

    /// Whether less is shown.
    package static func < (left: Detail, right: Detail) -> Bool { left.rawValue < right.rawValue }
  }

  /// What a run is for, as its first line says it.
  package enum Purpose: Sendable {
    /// The plan is run.
    case deploy
    /// The previous version is deployed again.
    case rollback
    /// An interrupted run is resumed.
    case resume
    /// An interrupted run is rolled back.
    case undo
  }

  /// How much is shown.
  package var detail: Detail
  /// Whether colours are used.
  package var isColored: Bool
  /// Whether the current step is shown on a line that is rewritten in place: for terminals only.
  package var isLive: Bool
  /// The width of the terminal, asked before each line.
  package var width: @Sendable () -> Int
  /// What the run happens on, if that is worth saying: `simulated host`.
  package var host: String?
  /// The time since the run began, for the line that is rewritten; `nil` keeps to the events'.
  package var now: (@Sendable () -> Duration)?

  /// What the run is for.
  package var purpose = Purpose.deploy
  /// Whether the last line names the exit code. Default: yes; a summary of several runs does it
  /// better.
  package var showsExitCode = true

  /// Makes a style; the default is plain text without control codes.
  ///
  /// - Parameters:
  ///   - detail: how much is shown. Default: a line for each step.
  ///   - isColored: whether colours are used. Default: no.
  ///   - isLive: whether the current step's line is rewritten in place. Default: no.
  ///   - width: the width of the terminal in columns. Default: 80.
  ///   - host: what the run happens on. Default: nothing is said.
  ///   - now: the time since the run began, for the line that is rewritten. Default: the events'.
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
