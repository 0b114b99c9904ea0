extension Container {
  /// When it was started; `nil` if it never was.
  var started: Timestamp? { Timestamp(engine: startedAt) }

  /// Whether Docker restarts it again and again: between two restarts it looks as others do.
  var isCrashing: Bool {
    if status == "restarting" { return true }
    guard isRunning, restartCount >= 3, let started else { return false }
    return started.seconds > Timestamp.now.seconds - 300
  }
}
