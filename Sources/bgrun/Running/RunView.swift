import DeployRunner

/// Where a session shows its run.
protocol RunView {
  /// Shows an event.
  mutating func report(_ event: DeploymentGroup.MemberEvent)
  /// Shows that a signal interrupted the run.
  mutating func interrupt(signal: Int32)
  /// Shows how the run ended.
  mutating func finish(_ report: DeploymentGroupReport, exitCode: Int32)
  /// Whether there is a live line for ``tick()`` to redraw.
  var isLive: Bool { get }
  /// Redraws the live line.
  mutating func tick()
}

extension DeploymentGroupReporter: RunView {
  func finish(_ report: DeploymentGroupReport, exitCode: Int32) { finish(report) }
}
