import DeployDSL

extension ActionContext {
  /// Does something and, if its time is up or it is cancelled, ends what it has left running in a
  /// container: that does not end with its client.
  ///
  /// - Parameters:
  ///   - time: how long ending it may take.
  ///   - commandTime: how long each command for that may take.
  ///   - work: what is done.
  ///   - end: ends what is left, in a context with that time; returns why it could not, if so.
  /// - Throws: what `work` throws, or why what it left was not ended.
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

/// Finishes work that must not stop in the middle, even when the calling task has been cancelled.
///
/// Whoever calls gives the work its own limit of time.
func uncancelled<Value: Sendable, Failure: Error>(
  _ work: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
  // Unstructured on purpose: cancellation would reach a child task. It is awaited below, so that it
  // never outlives the caller.
  let task = Task { () -> Result<Value, Failure> in
    do throws(Failure) {
      return .success(try await work())
    } catch {
      return .failure(error)
    }
  }
  return try await task.value.get()
}
