/// Finishes work that must not stop in the middle, even if the calling task has been cancelled.
///
/// The caller limits its time.
package func uncancelled<Value: Sendable, Failure: Error>(
  _ work: @escaping @Sendable () async throws(Failure) -> Value
) async throws(Failure) -> Value {
  // Unstructured on purpose: a child task would be cancelled. It is awaited below, so that it never
  // outlives the caller.
  let task = Task { () -> Result<Value, Failure> in
    do throws(Failure) {
      return .success(try await work())
    } catch {
      return .failure(error)
    }
  }
  return try await task.value.get()
}
