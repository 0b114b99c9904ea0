/// The statuses that the tool itself ends with; a run's own are its report's.
enum ExitCode: Int32 {
  case done = 0
  /// Failed before the switch.
  case failed = 1
  /// The command line or the plan is wrong.
  case usage = 2
  /// A person is needed.
  case broken = 4
  /// Something that is needed is not there.
  case environment = 6
  /// Ended by SIGHUP.
  case hungUp = 129
  /// Ended by SIGINT.
  case interrupted = 130
  /// Ended by SIGQUIT.
  case quit = 131
  /// Ended by SIGTERM.
  case terminated = 143

  /// What a process ends with that ends because of a signal.
  static func afterSignal(_ number: Int32) -> ExitCode {
    ExitCode(rawValue: 128 + number) ?? .failed
  }

  /// Whether a signal ended the process.
  var isSignal: Bool { rawValue > 128 }
}
