/// Performs only what observes; everything else is assumed to have succeeded.
///
/// It wraps any executor, so that a dry run goes through the very code that a real run does.
package struct DryRunExecutor: WrappingExecutor {
  /// The wrapped executor.
  package let base: any Executor

  /// Wraps an executor.
  package init(_ base: any Executor) { self.base = base }

  /// Nothing is kept of what is not done.
  package var stateFolder: String? { nil }

  /// Performs the operation if it only observes, else answers ``OperationResult/assumed``.
  ///
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  package func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    guard operation.effect == .observe else { return .assumed }
    return try await base.perform(operation, output: output)
  }
}
