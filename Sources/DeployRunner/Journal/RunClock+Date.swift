import DeployDSL

extension RunClock {
  /// The time of day; of simulated time, one that passes as it does.
  var date: Timestamp {
    guard let time = simulated?() else { return .now }
    return Timestamp(seconds: Self.simulatedBegin.seconds + Int(time.inSeconds))
  }

  private static let simulatedBegin = Timestamp.now
}
