/// Finishes what must not be left half done, also when the calling task has been cancelled.
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
