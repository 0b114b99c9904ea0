import DeployDSL

/// Containers that are being stopped.
///
/// `docker stop` is a request to the engine: killing the client does not withdraw it. Until the
/// container exits it counts as running, although it may accept nothing more and will be killed.
extension ActionContext {
  /// Stops a container, and waits until it has exited.
  ///
  /// The request is recorded first, so that a later process knows of it if this one dies.
  func stop(_ container: Container, grace: Duration) async throws {
    let seconds = Int(grace.inSeconds.rounded(.up))
    if !isDryRun {
      try await announce(
        .stopping(
          container: ContainerLife(container),
          until: Timestamp(seconds: Timestamp.now.seconds + seconds)))
    }
    var patient = self
    // The engine enforces the grace period, however long: we must not kill the client.
    patient.commandTimeout = max(commandTimeout, grace + .seconds(60))
    try await patient.change(
      docker.stop(container.name, grace: grace), doing: "stop \(serviceID(of: container))")
  }

  /// Makes sure that a container has exited after its stop, whatever the command reported.
  ///
  /// - Returns: The container now; `nil` if it is gone.
  @discardableResult
  func ended(_ container: Container) async throws -> Container? {
    let now = try await ComposeInspector(context: self).inspect([container.id], .verify).first
    guard let now, now.isRunning, now.isSameLife(as: container) else { return now }
    throw DeployError(
      .command, "docker stop reported success, but \(container.name) is still running",
      fix: "stop it: `docker stop \(container.name)`")
  }

  /// Whether a running container has been asked to stop: by an interrupted run, according to the
  /// journals, or by others, according to the engine.
  func isBeingStopped(_ container: Container) async -> Bool {
    guard container.hasProcess else { return false }
    if await runStore.end(of: container) != nil { return true }
    return (try? await ask(docker.isStopping(container), doing: "")) == .flag(true)
  }

  /// Waits until a container that is being stopped has exited, so that it can be started again.
  func letEnd(_ container: Container) async throws {
    note("\(serviceID(of: container)) is being stopped: it is started again once it has ended")
    let usual = container.stopTimeout ?? Stop.usualGrace
    let known = await runStore.end(of: container).map { $0.seconds - Timestamp.now.seconds } ?? 0
    // The same request again: it returns once the first one is done, or else stops the container.
    try await stop(container, grace: max(usual, .seconds(known)))
  }
}
