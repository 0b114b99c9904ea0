/// Performs operations on a host: the docker CLI, a simulated host, or one of your own.
///
/// All effects of the runner and its actions go through ``perform(_:output:)``, so a
/// ``WrappingExecutor`` can record, refuse or fake them. An executor of your own must pass the
/// conformance table in `Tests/BgrunTestSupport/ConformanceTable.swift`.
public protocol Executor: Sendable {
  /// The clock that operations use: `ContinuousClock()` on a real host.
  var clock: any Clock<Duration> { get }

  /// The folder for locks and journals; `nil` stores nothing.
  var stateFolder: String? { get }

  /// Whether operations have no real effects; steps with custom code are then rehearsed.
  ///
  /// There is no default: a wrong `false` would run custom code for real.
  var isSimulated: Bool { get }

  /// Performs one operation and waits for it to finish.
  ///
  /// A command that exits with a status other than 0 is a result, not an error. When the calling
  /// task is cancelled or `operation.timeout` expires, the whole process tree is terminated, and
  /// killed after a grace period.
  ///
  /// - Parameters:
  ///   - operation: the operation.
  ///   - output: receives each line that a running command prints.
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult
}

extension Executor {
  /// The reply to one question outside of a run, which has neither a deadline nor events.
  func reply(to call: HostCall) async throws -> OperationResult {
    let operation = HostOperation(.call(call), effect: .observe, timeout: .seconds(20))
    return try await perform(operation) { _ in }
  }
}

/// An executor that wraps another one and forwards what it does not change.
///
/// ```swift
/// struct Noting: WrappingExecutor {
///   let base: any Executor
///   func perform(
///     _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
///   ) async throws -> OperationResult {
///     print(operation.request)
///     return try await base.perform(operation, output: output)
///   }
/// }
/// ```
/// A wrapper around a simulated host stays simulated and uses that host's clock.
public protocol WrappingExecutor: Executor {
  /// The wrapped executor.
  var base: any Executor { get }
}

extension WrappingExecutor {
  /// The wrapped executor's clock.
  public var clock: any Clock<Duration> { base.clock }

  /// The wrapped executor's state folder.
  public var stateFolder: String? { base.stateFolder }

  /// Whether the wrapped executor is simulated.
  public var isSimulated: Bool { base.isSimulated }
}
