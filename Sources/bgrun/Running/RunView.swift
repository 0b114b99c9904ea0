import DeployRunner

/// Where a session shows its run.
protocol RunView {
  /// Shows that a wave starts.
  func begin(_ wave: DeploymentGroup.WaveStart)
  /// Shows an event.
  mutating func report(_ event: DeploymentGroup.MemberEvent)
  /// Shows that a signal interrupted the run.
  mutating func interrupt(signal: Int32)
  /// Shows how the run ended.
  mutating func finish(_ report: DeploymentGroupReport, exitCode: Int32)
  /// Whether ``tick()`` has something to do.
  var needsTicks: Bool { get }
  /// Time has passed: what is shown of it is redrawn.
  mutating func tick()
}

extension DeploymentGroupReporter: RunView {
  func finish(_ report: DeploymentGroupReport, exitCode: Int32) { finish(report) }
  mutating func tick() { tick(silence: nil) }
}
