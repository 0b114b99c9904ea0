import DeployRunner

/// Another executor with a real pause before each operation: an executor is wrapped to change what
/// operations do, and the simulated host is too fast to be watched.
struct Paced: WrappingExecutor {
  let base: any Executor
  let pause: Duration

  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    try await Task.sleep(for: pause)
    return try await base.perform(operation, output: output)
  }
}
