/// Performs only operations that observe; assumes that all others succeed.
///
/// It wraps any executor, so that a dry run uses the same code as a real run.
package struct DryRunExecutor: WrappingExecutor {
  /// The wrapped executor.
  package let base: any Executor

  /// Wraps an executor.
  package init(_ base: any Executor) { self.base = base }

  /// A dry run stores nothing.
  package var stateFolder: String? { nil }

  /// Performs the operation if it only observes, else returns ``OperationResult/assumed``.
  ///
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  package func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult {
    guard operation.effect == .observe else { return .assumed }
    return try await base.perform(operation, output: output)
  }
}
