import DeployDSL

/// Containers that are being stopped.
///
/// `docker stop` is a request to the engine: killing the client does not withdraw it. Until the
/// container has ended it "runs", although it may accept nothing any more and will be killed.
extension ActionContext {
  /// Stops a container, and waits until it has ended.
  ///
  /// It is recorded before, so that the process that comes after a death of this one knows of it.
  func stop(_ container: Container, grace: Duration) async throws {
    let seconds = Int(grace.inSeconds.rounded(.up))
    if !isDryRun {
      try await announce(
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

  /// Whether a container that runs has been asked to end: by an interrupted run, as the journals
  /// say, or by others, as the engine says.
  func isBeingStopped(_ container: Container) async -> Bool {
    guard container.hasProcess else { return false }
    if await runStore.end(of: container) != nil { return true }
    return (try? await ask(docker.isStopping(container), doing: "")) == .flag(true)
  }

  /// Waits until a container that is being stopped has ended, so that it can be started again.
  func letEnd(_ container: Container) async throws {
    note("\(container.service) is being stopped: it is started again once it has ended")
    let usual = container.stopTimeout ?? Stop.usualGrace
    let known = await runStore.end(of: container).map { $0.seconds - Timestamp.now.seconds } ?? 0
    // The same request again: it returns when the first has ended it, and ends what was not asked.
    try await stop(container, grace: max(usual, .seconds(known)))
  }
}
