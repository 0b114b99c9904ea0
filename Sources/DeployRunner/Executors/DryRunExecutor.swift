/// Performs only what observes; everything else is assumed to have succeeded.
///
/// It wraps any executor, so that a dry run goes through the very code that a real run does.
public struct DryRunExecutor: Executor {
  private let base: any Executor

  /// Wraps an executor.
  public init(_ base: any Executor) { self.base = base }

  /// The wrapped executor's clock.
  public var clock: any Clock<Duration> { base.clock }

  /// What the wrapped executor says.
  public var isSimulated: Bool { base.isSimulated }

  /// Performs the operation if it only observes, else answers ``Reply/assumed``.
  ///
  /// - Throws: ``OperationFailure``, or `CancellationError` when the calling task was cancelled.
  public func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> Reply {
    guard operation.effect == .observe else { return .assumed }
    return try await base.perform(operation, output: output)
  }
}
