/// Performs operations on a host: the docker CLI, a simulated host, or one of your own.
///
/// Everything the runner and its actions do to the outside goes through ``perform(_:output:)``,
/// so that a ``WrappingExecutor`` is enough to record, refuse or fake it. An executor of your own must
/// agree with the table of facts in `Tests/BgrunTestSupport/ConformanceTable.swift`.
public protocol Executor: Sendable {
  /// The time that operations take place in: `ContinuousClock()` on a real host.
  var clock: any Clock<Duration> { get }

  /// Where runs keep their lock and their journal; `nil` keeps nothing.
  var stateFolder: String? { get }

  /// Whether nothing outside is really done; steps with code of their own are then rehearsed.
  ///
  /// There is no default: whoever said no by mistake would run steps' code for real.
  var isSimulated: Bool { get }

  /// Performs one operation and waits for its end.
  ///
  /// A command that ends with a status other than 0 is an answer, not an error. When the calling
  /// task is cancelled, or `operation.timeout` is over, whatever was started is ended: asked to
  /// terminate, waited for, killed, with everything it started itself.
  ///
  /// - Parameters:
  ///   - operation: what to do.
  ///   - output: receives each line that a command prints, while it runs.
  /// - Throws: ``OperationError``, or `CancellationError` when the calling task was cancelled.
  func perform(
    _ operation: HostOperation, output: @escaping @Sendable (OutputLine) -> Void
  ) async throws -> OperationResult
}

/// An executor around another one: what it does not change is the other's.
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
/// So a wrapper around a simulated host stays simulated, in that host's time.
public protocol WrappingExecutor: Executor {
  /// The executor that is base.
  var base: any Executor { get }
}

extension WrappingExecutor {
  /// The wrapped executor's clock.
  public var clock: any Clock<Duration> { base.clock }

  /// The wrapped executor's folder.
  public var stateFolder: String? { base.stateFolder }

  /// What the wrapped executor says.
  public var isSimulated: Bool { base.isSimulated }
}
