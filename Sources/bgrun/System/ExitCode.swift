/// The tool's own exit codes; a run's come from its report.
enum ExitCode: Int32 {
  case done = 0
  /// Failed before the switch.
  case failed = 1
  /// The command line or the plan is wrong.
  case usage = 2
  /// Manual intervention is required.
  case broken = 4
  /// The environment is not usable.
  case environment = 6
  /// The run continues on another host, but it can no longer be followed.
  case outOfSight = 8
  /// Ended by SIGHUP.
  case hungUp = 129
  /// Ended by SIGINT.
  case interrupted = 130
  /// Ended by SIGQUIT.
  case quit = 131
  /// Ended by SIGTERM.
  case terminated = 143

  /// The exit code of a process that ends because of a signal.
  static func afterSignal(_ number: Int32) -> ExitCode {
    ExitCode(rawValue: 128 + number) ?? .failed
  }

  /// Whether a signal ended the process.
  var isSignal: Bool { rawValue > 128 }
}
