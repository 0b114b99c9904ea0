import DeployDSL

extension ActionContext {
  /// Runs `work` and, if it times out or is cancelled, ends what it left running in a container,
  /// which does not end with its client.
  ///
  /// - Parameters:
  ///   - time: The time limit for ending it.
  ///   - commandTime: The time limit of each command for that.
  ///   - work: The work.
  ///   - end: Ends what is left, in a context with that time; returns an error if it could not.
  /// - Throws: What `work` throws, or why what it left was not ended.
  func endingLeftovers<Value>(
    within time: Duration, perCommand commandTime: Duration, _ work: () async throws -> Value,
    end: @escaping @Sendable (ActionContext) async -> DeployError?
  ) async throws -> Value {
    do {
      return try await work()
    } catch {
      let isTimeUp = (error as? DeployError)?.code == .timeout
      guard isTimeUp || error is CancellationError, !isDryRun else { throw error }
      var patient = self
      patient.deadline = clock.now() + time
      patient.commandTimeout = commandTime
      guard let failure = await uncancelled({ [patient] in await end(patient) }) else {
        throw error
      }
      if error is CancellationError {
        warn(failure.description)
        throw error
      }
      throw failure
    }
  }
}
