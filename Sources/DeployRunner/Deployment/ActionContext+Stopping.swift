import DeployDSL

/// Containers that are being stopped.
///
/// `docker stop` is a request to the engine: killing the client does not withdraw it. Until the
/// container has ended it "runs", although it may accept nothing any more and will be killed.
extension ActionContext {
  /// Stops a container, and waits until it has ended.
  ///
  /// It is on record before, so that whoever comes after a death of this process knows of it.
  func stop(_ container: Container, grace: Duration) async throws {
    let seconds = Int(grace.inSeconds.rounded(.up))
    if !isDryRun {
      try announce(
        .stopping(
          container: ContainerLife(container),
          until: Timestamp(seconds: Timestamp.now.seconds + seconds)))
    }
    var patient = self
    // A container that may take minutes to end is killed by the engine, not by us.
    patient.commandTimeout = max(commandTimeout, grace + .seconds(60))
    try await patient.change(
      docker.stop(container.name, grace: grace), doing: "stop \(container.service)")
  }

  /// Whether a container that runs has been asked to end: by a run that was cut off, as the journals
  /// say, or by whomever, as the engine says.
  func isBeingStopped(_ container: Container) async -> Bool {
    guard container.hasProcess else { return false }
    if runStore.end(of: container) != nil { return true }
    let events = try? await observe(docker.lifeEvents(of: container))
    guard let events, events.succeeded else { return false }
    return Self.endsWithStop(events.output, signal: container.stopSignal)
  }

  /// Whether the last thing that happened to a container was that it was asked to end.
  ///
  /// - Parameters:
  ///   - events: what ``DockerCLI/lifeEvents(of:)`` prints: `start`, `kill 15`, `die`.
  ///   - signal: the number of the signal that ends it, if it is not the usual one.
  static func endsWithStop(_ events: String, signal: Int?) -> Bool {
    // INT, QUIT, KILL and TERM; others are what programs reload or rotate logs at.
    let ending = Set([2, 3, 9, 15] + [signal].compactMap(\.self))
    return events.split(whereSeparator: \.isNewline).reduce(false) { isAsked, line in
      let words = line.split(separator: " ")
      guard words.first == "kill" else { return false }
      return isAsked || words.dropFirst().first.flatMap { Int($0) }.map(ending.contains) ?? true
    }
  }

  /// Waits until a container that is being stopped has ended, so that it can be started again.
  func letEnd(_ container: Container) async throws {
    note("\(container.service) is being stopped: it is started again once it has ended")
    let usual = container.stopTimeout ?? Stop.usualGrace
    let known = runStore.end(of: container).map { $0.seconds - Timestamp.now.seconds } ?? 0
    // The same request again: it returns when the first has ended it, and ends what was not asked.
    try await stop(container, grace: max(usual, .seconds(known)))
  }
}
